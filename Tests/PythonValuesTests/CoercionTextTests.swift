import Folding
import Testing

@testable import PythonValues

@Suite("values.md: text and norm")
struct CoercionTextTests {
  @Test(
    "values.md: text — trimmed white space",
    arguments: [
      ("", ""), (" ", ""), ("a", "a"), (" a b ", "a b"), ("\t\n\u{B}\u{C}\ra", "a"),
      ("a\u{1C}\u{1D}\u{1E}\u{1F}", "a"),
      ("\u{85}é\u{A0}", "é"), ("\u{1680}\u{2000}a\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}", "a"),
      ("\u{200B}a\u{200B}", "\u{200B}a\u{200B}"), ("\u{FEFF}a", "\u{FEFF}a"), ("\u{180E}a", "\u{180E}a"),
      ("\u{7F}a ", "\u{7F}a"), ("日 \u{3000}", "日"),
    ])
  func strip(text: String, expected: String) {
    #expect(withBytes(text) { sameBytes(String(decoding: PythonText.strip($0), as: UTF8.self), expected) })
  }

  @Test(
    "values.md: norm — full lower-casing of Unicode 15.0",
    arguments: [
      ("", ""), ("Counter-Movement JUMP 7@[`{", "counter-movement jump 7@[`{"), ("ÀÉÎ", "àéî"), ("İ", "i\u{307}"),
      ("Iıi", "iıi"), ("ẞ", "ß"), ("ß", "ß"), ("DŽDž", "dždž"), ("Ω", "ω"), ("K", "k"), ("Å", "å"), ("Ⅷ", "ⅷ"),
      ("Ⓐ", "ⓐ"),
      ("ǅ", "ǆ"), ("𐐀", "𐐨"), ("Ꭰ", "ꭰ"), ("Ა", "ა"), ("Ⴀ", "ⴀ"), ("Ａ", "ａ"), ("𞤀", "𞤢"), ("Ⱥ", "ⱥ"), ("日本", "日本"),
      ("E\u{301}", "e\u{301}"),
    ])
  func lower(text: String, expected: String) {
    #expect(withBytes(text) { bytes in sameBytes(appended { PythonText.appendLower(bytes, to: &$0) }, expected) })
  }

  @Test(
    "values.md: norm — final sigma",
    arguments: [
      ("Σ", "σ"), ("ΑΣ", "ας"), ("ΣΑ", "σα"), ("ΑΣΑ", "ασα"), ("ΑΣ Α", "ας α"), ("ΑΣΣ", "ασς"), ("aΣ", "aς"),
      ("1Σ", "1σ"), ("aΣ1", "aς1"), ("a.Σ", "a.ς"), ("aΣ.b", "aσ.b"), ("aΣ.", "aς."),
      ("a\u{301}Σ\u{301}", "a\u{301}ς\u{301}"),
      ("a\u{AD}Σ", "a\u{AD}ς"), ("a Σ", "a σ"), (".Σ", ".σ"), ("aΣʰ", "aςʰ"), ("ʰΣ", "ʰσ"), ("日Σ", "日σ"),
      ("aΣ\u{2019}b", "aσ\u{2019}b"), ("aΣ,b", "aς,b"),
      // U+1E030 is a cased modifier letter new in Unicode 15.0, case-ignorable like the others.
      ("a\u{1E030}Σ", "a\u{1E030}ς"), ("\u{1E030}Σ", "\u{1E030}σ"),
    ])
  func finalSigma(text: String, expected: String) {
    #expect(withBytes(text) { bytes in sameBytes(appended { PythonText.appendLower(bytes, to: &$0) }, expected) })
  }

  @Test(
    "values.md: text — quotes and escapes of a string inside an array",
    arguments: [
      ("", "''"), ("a", "'a'"), ("it's", "\"it's\""), ("say \"hi\"", "'say \"hi\"'"), ("'\"", #"'\'"'"#),
      ("\\", #"'\\'"#),
      ("\n\r\t", #"'\n\r\t'"#), ("\u{1}\u{1F}\u{7F}", #"'\x01\x1f\x7f'"#), ("\u{B}\u{C}\u{8}", #"'\x0b\x0c\x08'"#),
      ("\u{80}\u{A0}\u{AD}", #"'\x80\xa0\xad'"#), ("é日😀", "'é日😀'"), ("\u{200B}", #"'\u200b'"#),
      ("\u{3000}", #"'\u3000'"#),
      ("\u{2028}", #"'\u2028'"#), ("\u{FEFF}", #"'\ufeff'"#), ("\u{E000}", #"'\ue000'"#), ("\u{378}", #"'\u0378'"#),
      ("\u{FFFF}", #"'\uffff'"#), ("\u{E0001}", #"'\U000e0001'"#), ("\u{10FFFF}", #"'\U0010ffff'"#),
      ("e\u{301}", "'e\u{301}'"), (" ", "' '"),
      // Assigned in 15.0 and in 15.1: the first is printable, the second is not.
      ("\u{1FA75}", "'\u{1FA75}'"), ("\u{2FFC}", #"'\u2ffc'"#),
    ])
  func repr(text: String, expected: String) {
    #expect(withBytes(text) { bytes in sameBytes(appended { PythonText.appendRepr(bytes, to: &$0) }, expected) })
  }

  @Test(
    "training-signals.md §7: all digits, as by str.isdigit",
    arguments: [
      ("", false), ("0", true), ("0123456789", true), ("१२", true), ("²", true), ("①", true), ("1²", true),
      ("½", false),
      ("Ⅷ", false), ("一", false), ("1.", false), ("-1", false), (" 1", false), ("𝟘", true), ("𐩀", true), ("⑽", false),
      ("\u{11F50}", true), ("\u{1D2C0}", false), ("/", false), (":", false),
    ])
  func isDigits(text: String, expected: Bool) {
    #expect(withBytes(text, PythonText.isDigits) == expected)
  }

  @Test(
    "values.md: norm — the shortcut applies only to text that is its own norm",
    arguments: [
      ("", true), ("jump_height", true), ("a b", true), ("a\tb", true), ("a\u{7F}", true), ("@[`{", true),
      ("Jump", false),
      ("jumP", false), (" a", false), ("a\n", false), ("\u{1F}a", false), ("é", false), ("a\u{A0}", false),
    ])
  func shortcut(text: String, expected: Bool) {
    #expect(withBytes(text, PythonText.isASCIILowerTrimmed) == expected)
  }
}
