import EventModel
import Formatting
import JSONTape

extension DifferenceMarks {
  /// What follows the causes in the first line of a difference.
  var text: String {
    (since?.isNew ?? false ? "  new" : "") + (acceptance == nil ? "" : "  (accepted)")
  }

  /// What the entry that accepts the difference says; `nil` if it says nothing.
  var noteText: String? { acceptance?.noteText }

  /// Writes the members of a record that say what is known of the difference.
  func write(to json: inout CanonicalWriter) {
    if let acceptance {
      json.key("accepted")
      json.string(acceptance.word)
    }
    if let fingerprint {
      json.key("fingerprint")
      json.string(fingerprint)
    }
    if let since {
      json.key("since")
      json.string(since.word)
      json.key("first_seen")
      json.instant(since.first)
    }
  }
}

extension DifferenceMarks.Acceptance {
  /// What the entry says; `nil` if it says nothing, or if there is none.
  var noteText: String? {
    guard case .entry(let note) = self else { return nil }
    let until: Foreign? = note.until.map { "until \($0)" }
    let parts = [note.why, note.issue, until].compactMap { $0 }
    return parts.isEmpty ? nil : "accepted: \(parts.map(\.text).joined(separator: "; "))"
  }
}

extension DiffReport {
  /// What entries of accept files accept, and which of them accept nothing.
  var acceptanceLines: [Foreign] {
    var lines: [Foreign] = []
    if acceptedByEntry > 0 { lines.append("\(plural(acceptedByEntry, "row")) accepted by entries of accept files") }
    return lines + (acceptance?.lines ?? [])
  }

  /// What excuses rows beside their causes, for the verdict.
  var excuses: String {
    (excused > 0 ? ", \(grouped(excused)) within --max-changed" : "")
      + (acceptedByEntry > 0 ? ", \(grouped(acceptedByEntry)) accepted by entries" : "")
  }
}
