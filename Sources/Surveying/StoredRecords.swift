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
    guard causes.count == names.count, let details = try? details(record) else { return nil }
    var difference = RowDifference(
      user: user, name: ProjectionName(type: type, key: key), causes: causes, details: details,
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

  private struct Unreadable: Error {}

  /// What a record says of its causes. Throws for a member that refold did not write so.
  private func details(_ record: JSONTree) throws(Unreadable) -> [CauseDetail] {
    func present<Value>(_ value: Value?) throws(Unreadable) -> Value {
      guard let value else { throw Unreadable() }
      return value
    }
    func integer(_ value: JSONTree?) throws(Unreadable) -> Int {
      guard case .integer(let number)? = value else { throw Unreadable() }
      return Int(number)
    }
    func text(_ value: JSONTree?) throws(Unreadable) -> String { try present(value?.string) }
    func event(_ value: JSONTree?) throws(Unreadable) -> EventID {
      try present(id(value?.string, StoredRecords.eventMark))
    }
    func eventOrNone(_ value: JSONTree?) throws(Unreadable) -> EventID? {
      value == nil || value == .null ? nil : try event(value)
    }
    func instant(_ value: JSONTree?) throws(Unreadable) -> Instant {
      try present((value?.string).flatMap { try? TimestampText.parse($0) })
    }
    func microseconds(_ seconds: JSONTree?) throws(Unreadable) -> Int64 {
      try present(Int64(exactly: (try present(seconds?.number) * 1e6).rounded()))
    }

    var details: [CauseDetail] = []
    if let behind = record["behind"] {
      // Records without evidence are of an older refold, which knew no other.
      let evidence = try behind["evidence"].map { value throws(Unreadable) in
        try present(Evidence(rawValue: text(value)))
      }
      details.append(
        .behind(
          events: try integer(behind["events"]), firstEvent: try event(behind["first_event_id"]),
          since: try instant(behind["since"]), microseconds: try microseconds(behind["seconds"]),
          evidence: evidence ?? .updatedAt))
    }
    if let version = record["version"] {
      let isStamped = version["stamped"] == .bool(true)
      if let name = version["equal_under"] {
        details.append(.version(try text(name), isStamped: isStamped))
      } else {
        details.append(.nearestVersion(try text(version["nearest_to"]), isStamped: isStamped))
      }
    }
    if let unknown = record["unknown_version"] { details.append(.unknownStamp(Foreign(try text(unknown["stamp"])))) }
    if let ahead = record["ahead"] {
      details.append(.ahead(event: try event(ahead["event_id"]), isOwn: ahead["own"] == .bool(true)))
    }
    if let unseen = record["unseen"] {
      var events: [EventID] = []
      for value in try present(unseen["event_ids"]?.array) { events.append(try event(value)) }
      details.append(
        .unseen(
          events: events, count: try integer(unseen["events"]), isSuffix: unseen["all_from_first"] == .bool(true),
          microseconds: try microseconds(unseen["seconds"])))
    }
    if let after = record["after_log"] {
      details.append(.afterLog(newest: try instant(after["newest"]), computed: try instant(after["computed"])))
    }
    if let more = record["more_observed"] {
      details.append(
        .moreObserved(
          live: try integer(more["live"]), rebuilt: try integer(more["rebuilt"]), events: try integer(more["events"]),
          until: try instant(more["until"])))
    }
    if let without = record["equal_without"] {
      details.append(
        .equalWithout(event: try event(without["event_id"]), microseconds: try microseconds(without["seconds"])))
    }
    if let cut = record["search_cut"] { details.append(.searchCut(tries: try integer(cut["folds"]))) }
    if record["not_searched"] == .bool(true) { details.append(.notSearched) }
    if let failed = record["failed"] {
      details.append(
        .failed(
          code: Foreign(try text(failed["code"])), event: try eventOrNone(failed["event_id"]),
          detail: Foreign(try text(failed["detail"]))))
    }
    if let missing = record["missing"] {
      switch try text(missing["reason"]) {
      case "needs_seeding": details.append(.needsSeeding)
      case "failed_there": details.append(.failedThere(code: Foreign(try text(missing["code"]))))
      case "never_computed":
        details.append(
          .neverComputed(
            triggeringEvents: try integer(missing["triggering_events"]), newest: try event(missing["newest_event_id"])))
      default: throw Unreadable()
      }
    }
    if let there = record["failed_there"] {
      details.append(
        there == .null
          ? .otherFailure(code: nil, event: nil)
          : .otherFailure(code: Foreign(try text(there["code"])), event: try eventOrNone(there["event_id"])))
    }
    if let surplus = record["surplus"] {
      switch try text(surplus["reason"]) {
      case "unknown_user": details.append(.unknownUser)
      case "no_event_of_the_kind": details.append(.noEventOfTheKind)
      case "unknown_key": details.append(.unknownKey)
      default: throw Unreadable()
      }
    }
    if let more = record["more_unknown_keys"] {
      details.append(.moreUnknownKeys(keys: try integer(more["keys"]), rows: try integer(more["rows"])))
    }
    if let repeated = record["repeated"] { details.append(.repeated(copies: try integer(repeated["copies"]))) }
    return details
  }
}
