import Folding
import Testing

@testable import PythonValues

@Suite("values.md: number and text of a double")
struct CoercionFloatTests {
  @Test(
    "values.md: number — plain decimals and exponents",
    arguments: [
      ("0", 0), ("-0", -0.0), ("+1", 1), ("42.5", 42.5), ("5.", 5), (".5", 0.5), ("-.5e1", -5), ("1e5", 1e5),
      ("1E+05", 1e5), ("15e-1", 1.5), ("00012.500", 12.5), ("0.1", 0.1), ("123456789012345", 123_456_789_012_345),
      ("1e22", 1e22), ("1e23", 1e23), ("9007199254740993", 9_007_199_254_740_992),
      ("9007199254740993.0000000000000000000001", 9_007_199_254_740_994),
      ("0.1234567890123456789", 0.123_456_789_012_345_68), ("2.4703282292062327e-324", 0),
      ("2.4703282292062328e-324", 0x1p-1074), ("2.2250738585072011e-308", Double(bitPattern: 0xF_FFFF_FFFF_FFFF)),
      ("0e99999999999999999999", 0), ("1e-99999999999999999999", 0), ("-1e-400", -0.0),
    ] as [(String, Double)])
  func decimals(text: String, expected: Double) {
    #expect(same(withBytes(text, PythonFloat.parse), expected))
  }

  @Test(
    "values.md: number — beyond the range is infinite; inf and nan in any case",
    arguments: [
      ("1e400", .infinity), ("-1e400", -.infinity), ("1e99999999999999999999", .infinity),
      ("1.7976931348623159e308", .infinity), ("inf", .infinity), ("-INF", -.infinity), ("+iNfInItY", .infinity),
      ("nan", .nan), ("-NaN", .nan), (" inf\n", .infinity),
    ] as [(String, Double)])
  func notFinite(text: String, expected: Double) {
    #expect(same(withBytes(text, PythonFloat.parse), expected))
  }

  @Test(
    "values.md: number — underscores only between digits",
    arguments: [
      ("1_0", 10), ("1_0.0_1e1_0", 10.01e10), ("1_2_3", 123), ("1_", nil), ("_1", nil), ("1__0", nil), ("1_.0", nil),
      ("1._0", nil), ("1_e5", nil), ("1e_5", nil), ("1e5_", nil), ("+_1", nil), ("in_f", nil), ("1_ ", nil),
      ("_", nil),
    ] as [(String, Double?)])
  func underscores(text: String, expected: Double?) {
    #expect(same(withBytes(text, PythonFloat.parse), expected))
  }

  @Test(
    "values.md: number — digits and white space of any script, U+001C–001F not trimmed",
    arguments: [
      ("१२.५", 12.5), ("１e１", 10), ("𝟘", 0), ("٣_٤", 34), ("\u{A0}1\u{3000}", 1), ("\u{85}\t1\u{2028}", 1),
      ("\u{1C}1", nil), ("1\u{1F}", nil), ("\u{1C}१", nil), ("²", nil), ("①", nil), ("½", nil), ("−5", nil),
      ("１．５", nil), ("1\u{200B}", nil), ("1\u{7F}", nil),
      // Kawi and Nag Mundari digits, new in Unicode 15.0.
      ("\u{11F51}\u{11F59}", 19), ("\u{1E4F7}", 7), ("\u{1D2C1}", nil),
    ] as [(String, Double?)])
  func scripts(text: String, expected: Double?) {
    #expect(same(withBytes(text, PythonFloat.parse), expected))
  }

  @Test(
    "values.md: number — refused",
    arguments: [
      "", " ", ".", "+", "-", "+.", "e5", ".e5", "1e", "1e+", "1e5.", "1.2.3", "1,5", "0x10", "0x1p3", "1.5f",
      "1d5", "- 1",
      "1 2", "nan(1)", "infinit", "infinityx", "--1", "+-1", "1-", "é", "1é", "true", "\u{FEFF}1",
    ])
  func refused(text: String) {
    #expect(withBytes(text, PythonFloat.parse) == nil)
  }

  @Test(
    "values.md: text — repr of a double",
    arguments: [
      (5, "5.0"), (0, "0.0"), (-0.0, "-0.0"), (0.1, "0.1"), (0.1 + 0.2, "0.30000000000000004"), (-2.5, "-2.5"),
      (1e16, "1e+16"), (9_999_999_999_999_998, "9999999999999998.0"), (1e15, "1000000000000000.0"),
      (123_456_789_012_345_680, "1.2345678901234568e+17"), (1e-4, "0.0001"), (1e-5, "1e-05"), (9.999e-5, "9.999e-05"),
      (0.00012345678901234567, "0.00012345678901234567"), (1.5e-7, "1.5e-07"), (1e22, "1e+22"), (1e23, "1e+23"),
      (0x1p-1074, "5e-324"), (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"), (1e100, "1e+100"),
      (99_999_999_999.9999, "99999999999.9999"), (123_456.789, "123456.789"), (1.0625, "1.0625"),
      (0.03125, "0.03125"),
      (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"), (-.nan, "nan"), (0x1p53, "9007199254740992.0"),
    ] as [(Double, String)])
  func repr(value: Double, expected: String) {
    #expect(appended { PythonFloat.appendRepr(value, to: &$0) } == expected)
  }

  @Test(
    "training-signals.md §7: strings of digits are epoch seconds",
    arguments: [
      ("1767634200", .seconds(1_767_634_200)), ("1767634200.25", .seconds(1_767_634_200.25)), (".5", .seconds(0.5)),
      ("5.", .seconds(5)), ("१.५", .seconds(1.5)), ("²", .invalidDigits), ("1.²", .invalidDigits),
      ("①2", .invalidDigits),
      ("", .notDigits), (".", .notDigits), ("1.2.3", .notDigits), ("-1", .notDigits), ("1e9", .notDigits),
      ("1_0", .notDigits), ("½", .notDigits), (" 1", .notDigits), ("2026-01-05", .notDigits), ("nan", .notDigits),
      (String(repeating: "9", count: 400), .seconds(.infinity)),
    ] as [(String, EpochText)])
  func epoch(text: String, expected: EpochText) {
    #expect(withBytes(text, EpochText.classify) == expected)
  }
}
