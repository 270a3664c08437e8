import Reporting
import Runbooks
import Testing

/// The expected figures are those of PostgreSQL 15:
/// `select round(avg(extract(epoch from x * interval '1 microsecond') / 60.0)::numeric, 2)`.
@Suite("minutes, as PostgreSQL's numeric rounds them")
struct MinuteSumTests {
  @Test(
    "ROUND(AVG(x)::numeric, 2)",
    arguments: [
      ([Int64](), "NULL"), ([0], "0.00"), ([300_000], "0.01"), ([-300_000], "-0.01"), ([299_999], "0.00"),
      ([-299_999], "0.00"), ([60_000_000], "1.00"), ([100_000, 400_000, 400_000], "0.01"),
      ([200_000, 200_000, 500_000], "0.01"), ([1, 0], "0.00"), ([20_000_000, 20_000_000, 20_000_000], "0.33"),
      ([-20_000_000, 40_000_000], "0.17"), ([-60_300_000, 0], "-0.50"), ([-60_600_000, 0], "-0.51"),
      ([-60_900_000], "-1.02"), ([315_537_897_599_999_999, -315_537_897_599_999_999, 1], "0.00"),
      ([315_537_897_599_999_999, 315_537_897_599_999_999], "5258964960.00"),
    ])
  func average(microseconds: [Int64], text: String) {
    var sum = MinuteSum()
    for value in microseconds { sum.add(microseconds: value) }
    #expect((sum.average?.description ?? "NULL") == text)
    #expect((sum.maximum == nil) == microseconds.isEmpty)
  }
}
