import EventModel
import Testing

@Suite struct ForeignTests {
  @Test(
    "escapes whatever could end the line, move the cursor, change the text direction or be invisible",
    arguments: [
      ("plain", "plain"), ("Übung 力", "Übung 力"), ("a\nb\r\t", "a\\u{a}b\\u{d}\\u{9}"), ("\u{1B}[31m", "\\u{1b}[31m"),
      ("\u{7F}\u{85}\u{9B}", "\\u{7f}\\u{85}\\u{9b}"), ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"),
      ("\u{202E}\u{2066}\u{200F}\u{61C}", "\\u{202e}\\u{2066}\\u{200f}\\u{61c}"),
      ("\u{FEFF}\u{AD}\u{200B}", "\\u{feff}\\u{ad}\\u{200b}"),
    ])
  func text(raw: String, text: String) {
    let foreign = Foreign(raw)
    #expect(foreign.text == text && foreign.raw == raw)
    // Generic code that describes any value gets the escaped form too.
    #expect(String(describing: foreign) == text && String(reflecting: foreign) == text)
  }

  @Test("interpolation keeps the raw parts; the text is escaped once, on output")
  func sentence() {
    let file = Foreign("a\nb")
    let error = MalformedInput(file: "c\nd", reason: "of no form")
    let sentence: Foreign = "\(file) holds \(2) events of \([file, "e"].joined(separator: ", ")): \(error)"
    #expect(sentence.raw == "a\nb holds 2 events of a\nb, e: c\nd: of no form")
    #expect(sentence.text == "a\\u{a}b holds 2 events of a\\u{a}b, e: c\\u{a}d: of no form")
    let unknown: any Error = error
    #expect(Foreign("\(unknown)").raw == "c\nd: of no form")
    // An interpolated literal is never a `String` first: if it were, this would not compile.
    #expect(Foreign("\(file)").raw == file.raw)
  }

  @Test("a text is a number only as a whole")
  func number() {
    #expect(Foreign("1.5").number == 1.5 && Foreign("1.5 ").number == nil && Foreign("\"1\"").number == nil)
  }
}
