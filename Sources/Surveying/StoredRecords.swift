import Comparing
import EventModel
import Formatting
import JSONTape
import Reporting
import SnapshotStore

/// Differences that `refold diff --sqlite` wrote.
struct StoredRecords {
  /// Whether users have pseudonyms in the file.
  private(set) var isRedacted = false
  /// The tag of the key of these pseudonyms, as they end with it; empty without a key.
  private var tag = ""
  private let reader: DifferenceReader

  /// - Parameter snapshot: the snapshot that the differences must belong to.
  init(_ path: String, of snapshot: SnapshotReader) throws {
    reader = try DifferenceReader(path)
    try reader.check(against: snapshot)
    if try reader.manifestValue("rows.compared") == "0" {
      throw DiffError.nothingToCompare("\(path) is of a diff that compared nothing")
    }
    let records = try reader.records()
    if let first = try records.next(), let record = try? JSONTree(parsing: first) {
      let user = record["user_id"]?.string ?? ""
      isRedacted = user.hasPrefix(StoredRecords.userMark)
      if case .some(.some(let tag)) = PseudonymScheme.keyTag(ofUser: user) { self.tag = "-k\(tag)" }
    }
  }

  /// What the diff was restricted to, in words; `nil` if it was not restricted.
  func selection() throws -> String? {
    let inputs = try reader.manifestValue("inputs").map { try JSONTree(parsing: Array($0.utf8)) }
    var parts: [String] = []
    if let partition = try reader.manifestValue("partition"), partition != "all" {
      parts.append("partition \(partition)")
    }
    for (key, noun) in [("users", "user"), ("projections", "projection")] {
      if let count = inputs?[key]?.array?.count, count > 0 { parts.append(counted(count, noun)) }
    }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  private static let userMark = "user-"
  private static let eventMark = "event-"

  /// Names users and events of a redacted file as the file does; `nil` for a file with ids.
  var names: NameStyle? {
    if !isRedacted { return nil }
    return NameStyle(
      user: { [tag] in StoredRecords.userMark + StoredRecords.digits($0) + tag },
      event: { [tag] in StoredRecords.eventMark + StoredRecords.digits($0) + tag })
  }

  private static func digits(_ id: UUID128) -> String {
    let text = String(id.low, radix: 16)
    return String(repeating: "0", count: max(0, 12 - text.count)) + text
  }

  func each(_ take: (RowDifference) throws -> Void) throws {
    let records = try reader.records()
    while let bytes = try records.next() {
      guard let record = try? JSONTree(parsing: bytes), let difference = difference(record) else {
        throw SnapshotError(
          .damaged, path: reader.path, reason: "a record was not written by refold diff --sqlite",
          advice: "write the file again with this refold")
      }
      try take(difference)
    }
  }

  private func id(_ text: String?, _ mark: String) -> UUID128? {
    guard let text else { return nil }
    if !isRedacted { return UUID128(text) }
    guard text.hasPrefix(mark), text.hasSuffix(tag),
      let low = UInt64(text.dropFirst(mark.count).dropLast(tag.count), radix: 16)
    else { return nil }
    return UUID128(high: 0, low: low)
  }

  private func difference(_ record: JSONTree) -> RowDifference? {
    guard let user = id(record["user_id"]?.string, StoredRecords.userMark),
      let type = record["projection_type"]?.string, let key = record["key"]?.string,
      let baseline = (record["baseline"]?.string).flatMap(Baseline.init), let fields = record["fields"]?.array,
      case .integer(let count)? = record["path_count"]
    else { return nil }
    // A record with an unknown cause is invalid: nothing says whether the cause is acceptable.
    guard let names = record["causes"]?.array, !names.isEmpty else { return nil }
    let causes = names.compactMap { $0.string.flatMap(Cause.init) }
    if causes.count < names.count { return nil }
    var difference = RowDifference(
      user: user, name: ProjectionName(type: type, key: key), causes: causes, details: details(record),
      baseline: baseline, fieldCount: Int(count))
    for field in fields {
      guard let path = field["path"]?.string,
        let status = (field["status"]?.string).flatMap(FieldDifference.Status.init)
      else { return nil }
      difference.fields.append(
        FieldDifference(
          path: path, field: StoredRecords.field(path), rebuilt: field["rebuilt"].map(text),
          live: field["live"].map(text),
          status: status))
    }
    difference.marks.fingerprint = record["fingerprint"]?.string
    if let word = record["since"]?.string,
      let first = (record["first_seen"]?.string).flatMap({ try? TimestampText.parse($0) })
    {
      difference.marks.since = DifferenceMarks.Since(isNew: word == "new", first: first)
    }
    if record["accepted"]?.string == "entry" { difference.marks.acceptance = .entry(AcceptanceNote()) }
    if let codes = record["codes"] {
      func list(_ name: String) -> [String] { (codes[name]?.array ?? []).compactMap(\.string) }
      difference.codes = CodeSets(onlyRebuilt: list("only_rebuilt"), onlyLive: list("only_live"))
    }
    return difference
  }

  private func text(_ value: JSONTree) -> String { String(decoding: value.canonicalBytes, as: UTF8.self) }

  /// The path with `[]` for every index, except inside quoted keys.
  private static func field(_ path: String) -> String {
    var result = ""
    var isQuoted = false
    var isEscaped = false
    var isIndex = false
    for character in path.unicodeScalars {
      if isQuoted {
        if !isEscaped, character == "\"" { isQuoted = false }
        isEscaped = !isEscaped && character == "\\"
      } else if character == "\"" {
        isQuoted = true
        isIndex = false
      } else if character == "[" {
        isIndex = true
      } else if character == "]" {
        isIndex = false
      } else if isIndex {
        continue
      }
      result.unicodeScalars.append(character)
    }
    return result
  }

  private func details(_ record: JSONTree) -> [CauseDetail] {
    var details: [CauseDetail] = []
    func integer(_ value: JSONTree?) -> Int { if case .integer(let number)? = value { Int(number) } else { 0 } }
    func event(_ value: JSONTree?) -> EventID? { id(value?.string, StoredRecords.eventMark) }
    func instant(_ value: JSONTree?) -> Instant? { (value?.string).flatMap { try? TimestampText.parse($0) } }
    func microseconds(_ seconds: JSONTree?) -> Int64 { Int64(((seconds?.number ?? 0) * 1e6).rounded()) }
    // Records without evidence are of an older refold, which knew no other.
    if let behind = record["behind"], let first = event(behind["first_event_id"]),
      let evidence = behind["evidence"].map({ $0.string.flatMap(Evidence.init) }) ?? .updatedAt,
      let since = (behind["since"]?.string).flatMap({ try? TimestampText.parse($0) })
    {
      details.append(
        .behind(
          events: integer(behind["events"]), firstEvent: first, since: since,
          microseconds: microseconds(behind["seconds"]), evidence: evidence))
    }
    if let version = record["version"], let name = version["equal_under"]?.string {
      details.append(.version(name, isStamped: version["stamped"] == .bool(true)))
    }
    if let version = record["version"], let name = version["nearest_to"]?.string {
      details.append(.nearestVersion(name, isStamped: version["stamped"] == .bool(true)))
    }
    if let stamp = record["unknown_version"]?["stamp"]?.string { details.append(.unknownStamp(Foreign(stamp))) }
    if let ahead = record["ahead"], let event = event(ahead["event_id"]) {
      details.append(.ahead(event: event, isOwn: ahead["own"] == .bool(true)))
    }
    if let unseen = record["unseen"] {
      details.append(
        .unseen(
          events: (unseen["event_ids"]?.array ?? []).compactMap { event($0) }, count: integer(unseen["events"]),
          isSuffix: unseen["all_from_first"] == .bool(true), microseconds: microseconds(unseen["seconds"])))
    }
    if let after = record["after_log"], let newest = instant(after["newest"]), let at = instant(after["computed"]) {
      details.append(.afterLog(newest: newest, computed: at))
    }
    if let more = record["more_observed"], let until = instant(more["until"]) {
      details.append(
        .moreObserved(
          live: integer(more["live"]), rebuilt: integer(more["rebuilt"]), events: integer(more["events"]), until: until
        ))
    }
    if let without = record["equal_without"], let event = event(without["event_id"]) {
      details.append(.equalWithout(event: event, microseconds: microseconds(without["seconds"])))
    }
    if let cut = record["search_cut"] { details.append(.searchCut(tries: integer(cut["folds"]))) }
    if record["not_searched"] == .bool(true) { details.append(.notSearched) }
    if let failed = record["failed"], let code = failed["code"]?.string {
      details.append(
        .failed(code: Foreign(code), event: event(failed["event_id"]), detail: Foreign(failed["detail"]?.string ?? "")))
    }
    if let missing = record["missing"] {
      switch missing["reason"]?.string {
      case "needs_seeding": details.append(.needsSeeding)
      case "failed_there": details.append(.failedThere(code: Foreign(missing["code"]?.string ?? "")))
      case "never_computed":
        if let newest = event(missing["newest_event_id"]) {
          details.append(.neverComputed(triggeringEvents: integer(missing["triggering_events"]), newest: newest))
        }
      default: break
      }
    }
    if let there = record["failed_there"] {
      details.append(.otherFailure(code: (there["code"]?.string).map { Foreign($0) }, event: event(there["event_id"])))
    }
    switch record["surplus"]?["reason"]?.string {
    case "unknown_user": details.append(.unknownUser)
    case "no_event_of_the_kind": details.append(.noEventOfTheKind)
    case "unknown_key": details.append(.unknownKey)
    default: break
    }
    if let more = record["more_unknown_keys"] {
      details.append(.moreUnknownKeys(keys: integer(more["keys"]), rows: integer(more["rows"])))
    }
    if let repeated = record["repeated"] { details.append(.repeated(copies: integer(repeated["copies"]))) }
    return details
  }
}
