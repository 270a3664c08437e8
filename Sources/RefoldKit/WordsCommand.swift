import ArgumentParser
import EventModel
import Formatting
import Reporting

/// The glossary. `Words.md` in the documentation has the same words; a test compares the two.
enum Words {
  /// Sorted by word. Names of causes are not among them: they have ``EventModel/Cause`` for their words.
  static let all: [(word: String, meaning: String)] = [
    ("accept file", "lists differences that are known and accepted one by one, until they change (--accept)"),
    ("as-of", "the instant that a rebuild uses as the current time"),
    ("backfill", "a set of jobs that makes live compute rows again"),
    ("bookkeeping", "the columns of a live row beside its data: id, version, last_event_id, created_at, updated_at"),
    ("case", "a folder with a log and the expected result; refold check runs it"),
    ("cause", "why a live row differs from the rebuilt one; each difference has one or more"),
    ("digest", "a SHA-256 over the content of a snapshot: equal digests mean equal projections"),
    ("event", "a record of the log: something that happened to a user, with an id, a type and a payload"),
    ("fingerprint", "a digest of one difference, the same every night as long as the difference stays the same"),
    ("fold", "compute a user's rows from the user's events, one event after another"),
    ("key", "tells projections of one type apart: the part of their name TYPE/KEY after the slash"),
    ("live", "what the platform's own database holds, and an export of it"),
    ("log", "an export of the events table, in any of the forms that refold reads"),
    ("pack", "a log in a form that is read many times faster; refold pack writes it, every command takes it as LOG"),
    ("profile", "the texts, constants and time zone names that a deployment's reducers use; not a user's profile"),
    ("projection", "a row that reducers compute from a user's events; its name is TYPE/KEY"),
    ("pseudonym", "stands for the id of a user or an event in reports that leave the company: user-0123456789ab"),
    ("quarantine", "a file for records of the log that cannot be events"),
    ("reducer", "the code that computes projections of one type from events; it has versions"),
    ("snapshot", "a SQLite file with all projections of a log as of one instant"),
    ("witness", "a small case made of one difference: few events, with all ids and texts replaced"),
  ]

  /// The words and the causes, for people. No line has more than 80 characters.
  static var text: String {
    let column = 14
    func lines(_ words: [(word: String, meaning: String)]) -> String {
      words.map { word, meaning in
        let name = word + String(repeating: " ", count: column - word.count)
        return wrapped(name + meaning, width: 80, indent: column) + "\n"
      }.joined()
    }
    let causes = Cause.byGravity.map { cause in
      (word: cause.rawValue, meaning: cause.meaning + (cause.nextStep.map { "; next: " + $0 } ?? ""))
    }
    return lines(all) + "\nCauses of differences, the most important first\n\n" + lines(causes)
  }
}

struct WordsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "words",
    abstract: "Explains the words that refold uses, and the causes of differences.",
    discussion: """
      Example:
        refold words

      Exit status: 0 printed, 2 trouble.
      """)

  func run() throws { try Terminal.output(Words.text) }
}
