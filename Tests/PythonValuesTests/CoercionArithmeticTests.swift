import Folding
import Platform
import TestSupport
import Testing

@testable import PythonValues

@Suite("values.md: clamp, round, sum")
struct CoercionArithmeticTests {
  @Test(
    "values.md: round — on the exact binary value, exact ties to even",
    arguments: [
      (2.675, 2, 2.67), (2.665, 2, 2.67), (0.03125, 4, 0.0312), (0.09375, 4, 0.0938), (0.125, 2, 0.12),
      (0.375, 2, 0.38),
      (-0.125, 2, -0.12), (1.005, 2, 1.0), (1.015, 2, 1.01), (1.025, 2, 1.02), (0.285, 2, 0.28), (5.015, 2, 5.01),
      (0.5, 0, 0), (1.5, 0, 2), (2.5, 0, 2), (-0.5, 0, -0.0), (-0.00001, 4, -0.0), (0.00001, 4, 0),
      (0.00005, 4, 0.0001),
      (0.00015, 4, 0.0001), (0.00025, 4, 0.0003), (0x1p-1030, 6, 0), (-0x1p-1074, 6, -0.0), (0.0, 3, 0),
      (-0.0, 3, -0.0),
      (42, 6, 42), (-7, 0, -7), (123_456.789_012_5, 6, 123_456.789_012), (0.1 + 0.2, 6, 0.3), (33.333333333, 1, 33.3),
      (4_503_599_627_370_495.5, 0, 4_503_599_627_370_496), (4_503_599_627_370_494.5, 1, 4_503_599_627_370_494.5),
      (1_125_899_906_842_624.125, 2, 1_125_899_906_842_624.12), (0x1p52, 6, 0x1p52), (1e300, 6, 1e300),
      (9_999_999_999.999_999, 4, 10_000_000_000), (.infinity, 2, .infinity), (-.infinity, 2, -.infinity),
      (.nan, 2, .nan),
    ] as [(Double, Int, Double)])
  func round(value: Double, places: Int, expected: Double) {
    #expect(same(roundToEven(value, places: places), expected))
  }

  @Test(
    "values.md: round — to integer",
    arguments: [(2.5, 2), (3.5, 4), (-2.5, -2), (0.5, 0), (-0.4, -0.0), (2.5000000001, 3), (1e300, 1e300)]
      as [(Double, Double)])
  func roundInteger(value: Double, expected: Double) { #expect(same(roundToEvenInteger(value), expected)) }

  @Test(
    "values.md: clamp — the first argument stays unless the second is strictly better; NaN gives hi",
    arguments: [
      (5, 0, 10, 5), (-5, 0, 10, 0), (15, 0, 10, 10), (.nan, 0, 10, 10), (.infinity, 0, 10, 10),
      (-.infinity, 0, 10, 0),
      (-0.0, 0, 10, 0), (0, -0.0, 10, -0.0), (5, 10, 0, 10), (1, .nan, 10, .nan), (1, 0, .nan, 0),
    ] as [(Double, Double, Double, Double)])
  func clamps(x: Double, lo: Double, hi: Double, expected: Double) { #expect(same(clamp(x, lo, hi), expected)) }

  @Test(
    "values.md: sum — Neumaier-compensated",
    arguments: [
      ([], 0), ([0.1, 0.2, 0.3], 0.6), (Array(repeating: 0.1, count: 10), 1), ([1, 1e100, 1, -1e100], 2),
      ([1e308, 1e308, -1e308], .infinity), ([-0.0], 0), ([.infinity, 1], .infinity), ([.infinity, -.infinity], .nan),
      ([.nan, 1], .nan), ([1e16, 1, 1], 1e16 + 2), ([1e-16, 1, 1e-16], 1.000_000_000_000_000_2),
    ] as [([Double], Double)])
  func sums(terms: [Double], expected: Double) {
    var sum = NeumaierSum()
    for term in terms { sum.add(term) }
    #expect(same(sum.value, expected))
  }

  @Test(
    "clock-and-failures.md: a square overflows to infinity",
    arguments: [
      (3, 9), (-1.5, 2.25), (0, 0), (-0.0, 0), (0.1, 0.010000000000000002), (1e200, .infinity), (-1e200, .infinity),
      (1e-200, 0), (.nan, .nan), (-.infinity, .infinity),
      // For these, glibc's pow and a multiplication differ in the last place.
      (-7.349086366723114, 54.009070425555535), (0.39230990869548066, 0.15390706446065636),
      (33.905475026122815, 1149.5812367470378), (1.8322377966739793, 3.3570953435607187),
    ] as [(Double, Double)])
  func squares(value: Double, expected: Double) { #expect(same(squared(value), expected)) }

  @Test("clock-and-failures.md: a square equals that of the C library, to the last place", arguments: [11] as [UInt64])
  func squaresAsLibrary(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    // Not a constant: a compiler may turn a constant exponent into a multiplication.
    let two = try #require(Double("2"))
    for _ in 0..<200_000 {
      let bits = random.next()
      let wide = Double(bitPattern: bits)
      let near = Double(Int64(bitPattern: bits) >> Int64(bits & 31)) / 10_000
      let power = Double(sign: .plus, exponent: Int(bits % 1000) - 500, significand: 1)
      for value in [wide, near, power, power.nextUp, power.nextDown] {
        #expect(same(squared(value), pow(value, two)), "seed \(seed), \(value)")
      }
    }
  }
}
