import EventModel
import Testing

@testable import TimeZones

@Suite("The whole database against Python's zoneinfo")
struct DigestTests {
  /// `Sources/CTimeZoneData/generate.py --digest` computes the expected values with zoneinfo.
  @Test("Every zone at 200 pseudo-random seconds of the years 1801 to 2199, both ways")
  func digests() throws {
    var state: UInt64 = 1
    var east: UInt64 = 0xCBF2_9CE4_8422_2325
    var west = east
    for name in TimeZoneDatabase.names {
      let zone = try zone(name)
      for _ in 0..<200 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let reading = (Int64(state >> 20) % 12_591_158_400 - 5_333_126_400) * 1_000_000
        let offset = zone.offset(atUTC: Instant(microseconds: reading))
        let difference = (reading - zone.utc(fromLocalMicroseconds: reading)) / 1_000_000
        east = (east ^ UInt64(bitPattern: Int64(offset))) &* 0x100_0000_01B3
        west = (west ^ UInt64(bitPattern: difference)) &* 0x100_0000_01B3
      }
    }
    #expect(east == 0xDA13_2483_519B_9A4B)
    #expect(west == 0x134A_924B_4F3A_062B)
  }
}
