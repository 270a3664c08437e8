import EventModel
import Folding
import Reporting
import Running

/// The entries of accept files, and what became of each during a diff. One thread at a time.
final class AcceptLedger {
  private struct Line {
    var entry: AcceptEntry
    /// Whether it is in the file that `--write-accept` writes anew.
    var isOfTarget: Bool
    var isExpired: Bool
    /// Whether there was a difference that it describes.
    var isMatched = false
    /// Whether the row differs, but not as it describes.
    var hasMovedOn = false
  }

  /// Entries are looked up by these two; the digest decides.
  private struct Place: Hashable {
    var user: AcceptEntry.User
    var type: String
  }

  private var lines: [Line] = []
  private var places: [Place: [Int]] = [:]
  private var hasPseudonyms = false
  private let pseudonyms: PseudonymScheme

  /// - Parameters:
  ///   - files: read in this order. Two entries for one difference are refused.
  ///   - target: the path of the file that will be written anew, if it is one of them.
  ///   - pseudonyms: an entry with a pseudonym of another key is refused: it could never be used.
  init(_ files: [AcceptFile], target: String?, now: Instant, _ pseudonyms: PseudonymScheme) throws(RefoldError) {
    self.pseudonyms = pseudonyms
    var known: [AcceptEntry.Identity: AcceptEntry] = [:]
    for file in files {
      for entry in file.entries {
        if let first = known.updateValue(entry, forKey: entry.identity), file.path != target {
          throw .usage("\(AcceptLedger.name(entry)): accepts the same difference as \(AcceptLedger.name(first))")
        }
        places[Place(user: entry.user, type: entry.projection.type), default: []].append(lines.count)
        lines.append(Line(entry: entry, isOfTarget: file.path == target, isExpired: entry.isExpired(now)))
        if case .pseudonym(let name) = entry.user {
          hasPseudonyms = true
          if let refusal = pseudonyms.refusal(ofUser: name) {
            throw .usage("\(AcceptLedger.name(entry)): the pseudonym \(refusal.text)")
          }
        }
      }
    }
  }

  private static func name(_ entry: AcceptEntry) -> String {
    entry.place.map { "\($0.file):\($0.line)" } ?? "a new entry"
  }

  /// What an entry in the target says, whether or not it has expired; and whether another file accepts the difference.
  struct Match {
    var note: AcceptanceNote?
    var target: AcceptEntry?
  }

  /// Looks the difference up, and notes what becomes of the entries of its row.
  ///
  /// - Parameter name: the difference's name; `(text)` in place of a key that a redaction hides.
  func match(_ user: UserID, _ name: ProjectionName, _ fingerprint: String) -> Match {
    var match = Match()
    if lines.isEmpty { return match }
    var found = places[Place(user: .id(user), type: name.type)] ?? []
    if hasPseudonyms {
      for scheme in pseudonyms.key == nil ? [pseudonyms] : [pseudonyms, .unkeyed] {
        found += places[Place(user: .pseudonym(scheme.user(user)), type: name.type)] ?? []
      }
    }
    for index in found {
      let entry = lines[index].entry
      guard entry.projection.key == name.key || [entry.projection.key, name.key].contains(AcceptLedger.hidden) else {
        continue
      }
      guard entry.digest == fingerprint else {
        if entry.projection.key == name.key { lines[index].hasMovedOn = true }
        continue
      }
      lines[index].isMatched = true
      if lines[index].isOfTarget {
        match.target = match.target ?? entry
      }
      if !lines[index].isExpired { match.note = match.note ?? entry.note }
    }
    return match
  }

  /// What a redaction writes instead of a key.
  private static let hidden = "(text)"

  /// What became of the entries that the diff was about, without those of the target.
  func figures(isStrict: Bool, isRedacted: Bool, isInScope: (AcceptEntry) -> Bool) -> AcceptanceFigures {
    var figures = AcceptanceFigures(isStrict: isStrict)
    for line in lines where !line.isOfTarget && (line.isMatched || isInScope(line.entry)) {
      figures.entries += 1
      guard line.isExpired || !line.isMatched else { continue }
      let state: AcceptanceFigures.State = line.isExpired ? .expired : line.hasMovedOn ? .movedOn : .unused
      let user = isRedacted ? line.entry.user.pseudonym(pseudonyms) : line.entry.user.text
      figures.note(
        AcceptanceFigures.Entry(
          place: Foreign(AcceptLedger.shortName(line.entry)), state: state, user: Foreign(user),
          projection: Foreign(line.entry.projection.description),
          until: line.entry.until.map { Foreign($0.text) }))
    }
    return figures
  }

  private static func shortName(_ entry: AcceptEntry) -> String {
    entry.place.map { place in "\(place.file.split(separator: "/").last ?? ""):\(place.line)" } ?? ""
  }

  /// The entries of the target that the diff was not about.
  func outOfScope(_ isInScope: (AcceptEntry) -> Bool) -> [AcceptEntry] {
    lines.filter { $0.isOfTarget && !$0.isMatched && !isInScope($0.entry) }.map(\.entry)
  }

  /// The entries of the target.
  var targetCount: Int { lines.count { $0.isOfTarget } }
}
