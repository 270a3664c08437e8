import EventLog
import EventModel
import SnapshotStore

/// Checks that no event id stands in two parts: users of different partitions have no event in common, so such an id names
/// two events, which a single run calls malformed input.
///
/// One pass over all parts' ids, merged in the order of the ledger. O(n log k), one block of ids a part.
func checkEventIDs(_ parts: [SnapshotReader]) throws {
  struct Source {
    let part: SnapshotReader
    let cursor: EventIDCursor
    var id: EventID

    func next() throws -> Source? {
      guard let next = try cursor.next() else { return nil }
      guard EventLedger.precedes(id, next) else {
        throw SnapshotError(
          .damaged, path: part.path, reason: "its event ids are not in order", advice: "fold it again")
      }
      var copy = self
      copy.id = next
      return copy
    }
  }
  var cursors: [EventIDCursor] = []
  var sources: [Source] = []
  for part in parts {
    let cursor = try part.eventIDs()
    cursors.append(cursor)
    if let id = try cursor.next() { sources.append(Source(part: part, cursor: cursor, id: id)) }
  }
  var heap = MinimumHeap(sources) { EventLedger.precedes($0.id, $1.id) }
  var previous: Source?
  while let source = heap.first {
    if let previous, previous.id == source.id {
      throw RefoldError.part(
        "the event id \(source.id) stands in \(previous.part.path) and in \(source.part.path): it names events of two "
          + "users, which is malformed input; correct the log and fold both partitions again")
    }
    previous = source
    heap.replaceFirst(try source.next())
  }
  for (part, cursor) in zip(parts, cursors) {
    if part.manifestValue(PartManifest.idCount) != String(cursor.count)
      || part.manifestValue(PartManifest.idDigest) != cursor.digest()
    {
      throw SnapshotError(
        .damaged, path: part.path, reason: "its event ids are not those it was written with", advice: "fold it again")
    }
  }
}
