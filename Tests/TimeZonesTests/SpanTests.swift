import EventModel
import Testing

@testable import TimeZones

@Suite("offsets and the spans they hold for")
struct SpanTests {
  @Test("a span contains the given second, and its ends have its offset", arguments: [21] as [UInt64])
  func spans(seed: UInt64) throws {
    var state = seed
    func random(_ bound: Int64) -> Int64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int64(state >> 16) % bound
    }
    for name in TimeZoneDatabase.names {
      let zone = try zone(name)
      for _ in 0..<60 {
        // 1880 to 2100, when offsets change.
        let second = -2_840_140_800 + random(6_942_672_000)
        let span = zone.span(atUTCSecond: second)
        #expect(span.contains(second), "\(name) \(second)")
        for end in [span.start, span.end &- 1] where abs(end / 2) < 200_000_000_000 {
          #expect(zone.span(atUTCSecond: end).offset == span.offset, "\(name) \(second)")
        }
        if span.start > -100_000_000_000 {
          let before = zone.span(atUTCSecond: span.start - 1)
          #expect(before.end == span.start || before.contains(span.start - 1), "\(name) \(second)")
        }
      }
    }
  }

  @Test("the calendar's remembered days equal the computed ones", arguments: [22] as [UInt64])
  func calendar(seed: UInt64) throws {
    var state = seed
    for name in ["UTC", "Europe/Berlin", "America/New_York", "Europe/Dublin", "Africa/Casablanca", "Pacific/Apia"] {
      let zone = try zone(name)
      var calendar = LocalCalendar(zone)
      var time = microseconds("1969-12-31T23:00:00")
      for _ in 0..<4000 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        // Steps of up to an hour or so, sometimes of years, forwards and backwards.
        let step = Int64(state >> 40) * (state >> 8 & 31 == 0 ? 20_000_000 : 300)
        time += state & 128 == 0 ? step : -step / 2
        let instant = Instant(microseconds: time)
        guard Instant.range.contains(instant) else { continue }
        #expect(calendar.day(of: instant) == zone.localDate(of: instant).daysSinceEpoch, "\(name) \(time)")
      }
    }
  }
}
