import EventLog
import EventModel
import Running
import SnapshotStore

/// How the manifests of parts are combined: which values are added up, and which must be equal.
package struct PartManifest {
  /// Keys that only partial snapshots have.
  package static let partition = "partition"
  static let idCount = "partition.event_ids"
  static let idDigest = "partition.event_ids_digest"

  private static let ownKeys: Set = [partition, idCount, idDigest]
  private static let sums: Set = [
    "events.folded", "events.unread", "records.left_out", "records.deleted", "users", "users.left_out",
    "users.exported",
    "users.not_exported", "failures",
  ]
  /// Keys whose values the merge computes.
  private static let computed: Set = ["events.digest", "events.content", "selection.users", "reading.unwrapped"]

  /// Whether a key belongs to a single part and is left out of a merged manifest.
  private static func isOwn(_ key: String) -> Bool { ownKeys.contains(key) || ReadingCounts.isKey(key) }

  private static func addsUp(_ key: String) -> Bool { sums.contains(key) || key.hasPrefix("rows.") }

  /// The merged manifest, without digests, of parts that passed ``check(_:)``. Throws if a part's manifest is damaged,
  /// or as ``judge(_:)`` does.
  static func merged(_ parts: [MergedPart], eventsDigest: String) throws -> [(key: String, value: String)] {
    var lines: [(key: String, value: String)] = [
      ("events.digest", eventsDigest), ("events.content", try content(parts).description), ("selection.users", "all"),
    ]
    let unwrapped = try judge(parts)
    if !unwrapped.isEmpty { lines.append(("reading.unwrapped", unwrapped.names.joined(separator: " "))) }
    for (key, value) in parts[0].manifest
    where !key.hasPrefix("digest") && !isOwn(key) && !computed.contains(key) {
      lines.append((key, addsUp(key) && value != noExport ? try sum(key, parts) : value))
    }
    return lines
  }

  /// Throws if the parts cannot be of one run, naming two of them and the value in which they differ.
  static func check(_ parts: [MergedPart]) throws(RefoldError) {
    let first = parts[0]
    for part in parts.dropFirst() {
      let keys = Set(first.manifest.map(\.key)).union(part.manifest.map(\.key))
      for key in keys.sorted() where !key.hasPrefix("digest") && !isOwn(key) && !computed.contains(key) {
        let (one, other) = (first.manifestValue(key), part.manifestValue(key))
        let isSame =
          addsUp(key) ? (one == noExport) == (other == noExport) && (one == nil) == (other == nil) : one == other
        if !isSame {
          throw .part(
            "\(part.path) has \(key) \(other ?? "(none)"), \(first.path) has \(one ?? "(none)"); the parts of one run "
              + "must agree: fold them again with the same refold, --as-of, --reducers, profile and users export")
        }
      }
    }
  }

  /// Judges by the counts of all parts together how the log was exported, as a rebuild of the whole log does. Throws if
  /// the log is refused. Returns the columns that hold JSON texts and were read as the documents in these texts.
  static func judge(_ parts: [MergedPart]) throws -> PayloadColumns {
    let reading = ReadingOptions(manifest: parts[0].manifestValue)
    var sum = ReadingCounts()
    var unwrapped: PayloadColumns = []
    for part in parts {
      guard let counts = ReadingCounts(part.manifestValue) else {
        throw SnapshotError(
          .damaged, path: part.path, reason: "its manifest does not say how many records were read",
          advice: "fold it again")
      }
      sum.add(counts)
      unwrapped.formUnion(ReadingOptions.unwrapped(manifest: part.manifestValue))
    }
    if let fault = sum.fault(reading) { throw fault }
    // A part whose values are all texts cannot know that other parts have other values.
    guard unwrapped.isSubset(of: sum.textColumns) else {
      throw RefoldError.part(
        "\(unwrapped.subtracting(sum.textColumns).names.joined(separator: " and ")) is a JSON text in all events of some "
          + "parts and not in those of others; fold all parts again without --unwrap-data")
    }
    return unwrapped
  }

  /// Whether all parts of a run have the same value for a key.
  package static func isShared(_ key: String) -> Bool {
    !key.hasPrefix("digest") && !isOwn(key) && !computed.contains(key) && !addsUp(key)
  }

  /// The content of the events of all parts.
  private static func content(_ parts: [MergedPart]) throws -> EventContent {
    var content = EventContent()
    for part in parts {
      guard let own = part.manifestValue("events.content").flatMap({ EventContent($0) }) else {
        throw SnapshotError(
          .damaged, path: part.path, reason: "its manifest has no events.content", advice: "fold it again")
      }
      content += own
    }
    return content
  }

  private static let noExport = "no export"

  private static func sum(_ key: String, _ parts: [MergedPart]) throws -> String {
    var total = 0
    for part in parts {
      guard let value = part.manifestValue(key).flatMap({ Int($0) }) else {
        throw SnapshotError(.damaged, path: part.path, reason: "its manifest has no number as \(key)")
      }
      total += value
    }
    return String(total)
  }
}
