import EventModel
import Formatting
import JSONTape

/// What a witness shows and how it was made, without any data of the user it was cut from.
package struct WitnessReport: Sendable {
  package var name: ProjectionName
  package var causes: [Cause]
  /// Where the witness was written.
  package var folder: Foreign
  /// The number of events in the user's history and in the witness.
  package var events = (before: 0, after: 0)
  /// The number of members and elements of the payloads, likewise.
  package var eventFields = (before: 0, after: 0)
  /// What differs in the witness.
  package var fields: [FieldDifference] = []
  /// A failure's code and reason, or why the row is missing.
  package var note: Foreign = ""
  /// The number of folds it took.
  package var tries = 0
  /// Whether each event is needed: without it the difference is gone or another.
  package var isMinimal = false
  /// What was replaced, in sentences.
  package var pseudonyms: [String] = []
  /// Where free text had to stay.
  package var keptTexts: [String] = []
  package var asOf = Instant(microseconds: 0)
  package var hasProfile = false
  /// The reducers that were used, as `--reducers` takes them: versions that are not the newest, and programs.
  package var reducers: [String] = []
  /// The events that live computed its row without; `nil` if that is not known.
  package var unseen: String?
  /// What live changes about the rebuilt row, one sentence each.
  package var changes: [String] = []

  package init(name: ProjectionName, causes: [Cause], folder: String) {
    self.name = name
    self.causes = causes
    self.folder = Foreign(folder)
  }

  private var causeText: String { causes.map(\.rawValue).joined(separator: "+") }

  /// One line about the case.
  package var sentence: String {
    let paths = fields.prefix(3).map { $0.path.text }.joined(separator: ", ")
    let more = fields.count > 3 ? " and \(fields.count - 3) more" : ""
    let places = fields.isEmpty ? (note.raw.isEmpty ? "" : ": " + note.text) : ": \(paths)\(more)"
    return "witness of \(causeText) in \(name.foreign.text)\(places)"
  }

  /// A line for the terminal.
  package var text: String {
    let minimal = isMinimal ? "" : ", perhaps not minimal: --tries \(tries * 10) searches longer"
    return """
      \(folder.text)  \(name.foreign.text)  \(causeText)  \(counted(events.after, "event")) of \(grouped(events.before)), \
      \(grouped(eventFields.after)) of \(grouped(eventFields.before)) fields (\(grouped(tries)) folds\(minimal))

      """
  }

  /// For the operator, who knows the user. Nothing of this is in the folder.
  package func json(of user: UserID) -> JSONTree {
    .object([
      .init("folder", .string(folder.raw)), .init("user_id", .string(user.description)),
      .init("projection_type", .string(name.type)), .init("key", .string(name.key)),
      .init("causes", .array(causes.map { .string($0.rawValue) })),
      .init("paths", .array(fields.map { .string($0.path.raw) })),
      .init("events", beforeAfter(events)), .init("fields", beforeAfter(eventFields)),
      .init("folds", .integer(Int64(tries))), .init("minimal", .bool(isMinimal)),
      .init("kept_texts", .array(keptTexts.map { .string($0) })),
    ])
  }

  private func beforeAfter(_ counts: (before: Int, after: Int)) -> JSONTree {
    .object([.init("before", .integer(Int64(counts.before))), .init("after", .integer(Int64(counts.after)))])
  }

  // MARK: why.md

  package var markdown: String {
    """
    # \(causeText): \(name.foreign.markdown)

    \(meaning)

    \(table)
    Cut from a history of \(counted(events.before, "event")) with \(counted(eventFields.before, "field")). Left: \
    \(counted(events.after, "event")) with \(counted(eventFields.after, "field")). \(minimality)

    ## Reproduce

        refold check .

    or with:

        refold rebuild events.ndjson\(profileOption)\(reducerOptions) --as-of \(asOf) -o /tmp/witness.sqlite
        refold diff /tmp/witness.sqlite live-projections.ndjson --log events.ndjson\(profileOption) --only \(name.foreign.text) --allow none

    ## What it shows

    \(proof)

    ## What was replaced

    \(pseudonyms.map { "- " + $0 }.joined(separator: "\n"))
    \(kept)
    """
  }

  private var profileOption: String { hasProfile ? " --profile profile.json" : "" }
  private var reducerOptions: String { reducers.map { " --reducers \($0)" }.joined() }

  private var minimality: String {
    isMinimal
      ? "If any one of them is removed, the difference disappears or changes."
      : "The search ended at its limit of \(grouped(tries)) folds: fewer events may be enough."
  }

  private var kept: String {
    keptTexts.isEmpty
      ? "- no text, no id of the original is in these files\n"
      : "- **free text of the original is in \(keptTexts.joined(separator: ", "))**: the difference depends on it\n"
  }

  private var table: String {
    if fields.isEmpty { return note.raw.isEmpty ? "" : "Here: \(note.markdown).\n" }
    var lines = ["| path | rebuilt | live |", "| --- | --- | --- |"]
    for field in fields {
      lines.append("| \(field.path.code) | \(cell(field.rebuilt)) | \(cell(field.live)) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func cell(_ value: Foreign?) -> String {
    guard let value else { return "(absent)" }
    let short = value.raw.count > 100 ? Foreign(String(value.raw.prefix(100)) + "…") : value
    return short.code
  }

  /// What the causes mean.
  private var meaning: String {
    causes.map { cause in
      switch cause {
      case .clock: "The live row is right for the instant it was computed at (its `generated_at`)."
      case .behind:
        "The live row is right for the events stored when it was computed (`created_at` ≤ its `updated_at`)."
      case .version: "The live row is right for another version of the reducer."
      case .ahead: "Live had events that the log does not hold."
      case .unseen: "The live row is right without events that were stored shortly before it."
      case .texts: "Live uses other wording than the profile."
      case .changed: "Neither the clock nor events that came later explain what live computed."
      case .missing: "A complete rebuild has the row, live does not."
      case .surplus:
        fields.isEmpty && causes.count == 1
          ? "Live has the row, or has it more often, than the log gives a reason for."
          : "Live has the row more than once."
      case .failed: "The rebuild fails on these events, and an older live row survives."
      case .unexplained, .tolerated: ""
      }
    }.joined(separator: " ")
  }

  /// What can be concluded from the witness, and what cannot.
  private var proof: String {
    if let unseen {
      return """
        The original live row is, to the last digit, what refold computes from the user's events without \(unseen). So is \
        the live row here. Live had stored them (`created_at` ≤ its `updated_at`) and computed as if they did not exist.
        """
    }
    if causes.contains(.changed) || causes.contains(.unseen) {
      return """
        These events are enough for the rebuild to write a row that shows live's deviation. The live row here is the
        rebuilt one with these changes:

        \(changes.map { "- " + $0 }.joined(separator: "\n"))

        The changes are taken from the original live row: the live system has not computed this one. To confirm the witness,
        give these events to the live system. If it deviates at these paths, the events are sufficient; if it agrees with the
        rebuild, the deviation depends on something that was left out.
        """
    }
    if causes.contains(.version) {
      return """
        The live row here is what refold computes from these events by \(note.plainCode): \
        the version that wrote the original live row. Nothing is guessed.
        """
    }
    if causes.contains(.behind) {
      return """
        The live row here is what refold computes from the events with `created_at` ≤ its `updated_at`, at its own instant:
        a live system that computes as refold does would have written it before it received the later events. Nothing is
        guessed.
        """
    }
    if causes.contains(.clock) || causes == [.texts] {
      return """
        The live row here is what refold computes from these events\(causes.contains(.clock) ? " at the row's own instant" : "")\
        \(causes.contains(.texts) ? ", with other wording" : ""). Nothing else is guessed.
        """
    }
    if causes.contains(.missing) {
      return "A rebuild of these events alone writes the row. The user's other live rows here are the rebuilt ones."
    }
    if causes.contains(.failed) {
      return """
        A rebuild of these events alone fails in the same way. The live row's content does not matter: it is replaced by an
        empty object. The user's other live rows here are the rebuilt ones.
        """
    }
    return """
      The live row's content does not matter: nothing in the log gives a reason for the row. The user's other live rows
      here are the rebuilt ones.
      """
  }
}
