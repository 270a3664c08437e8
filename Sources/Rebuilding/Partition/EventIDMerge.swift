import EventLog
import EventModel
import SnapshotStore

/// Returns an event id that is in two parts, or `nil`. Different partitions have no user in common, so such an id names
/// two events, which a single run treats as malformed input.
///
/// Makes one pass over the ids of all parts, merged in ledger order, and calls `take` with each id. Throws if a part's
/// ids are not in order, or not those of its manifest. O(n log k) for n ids in k parts. Memory: one block of ids per
/// part.
func repeatedEventID(_ parts: [SnapshotReader], take: (EventID) throws -> Void) throws -> EventID? {
  // No references: a step copies several of them.
  struct Source {
    var id: EventID
    var part: Int
  }
  let cursors = try parts.map { try $0.eventIDs() }
  var sources: [Source] = []
  for (part, cursor) in cursors.enumerated() {
    if let id = try cursor.next() { sources.append(Source(id: id, part: part)) }
  }
  var heap = MinimumHeap(sources) { EventLedger.precedes($0.id, $1.id) }
  var previous: EventID?
  while let source = heap.first {
    if previous == source.id { return source.id }
    previous = source.id
    try take(source.id)
    let next = try cursors[source.part].next()
    if let next, !EventLedger.precedes(source.id, next) {
      throw SnapshotError(
        .damaged, path: parts[source.part].path, reason: "its event ids are not in order", advice: "fold it again")
    }
    heap.replaceFirst(next.map { Source(id: $0, part: source.part) })
  }
  for (part, cursor) in zip(parts, cursors) {
    if part.manifestValue(PartManifest.idCount) != String(cursor.count)
      || part.manifestValue(PartManifest.idDigest) != cursor.digest()
    {
      throw SnapshotError(
        .damaged, path: part.path, reason: "its event ids are not those it was written with", advice: "fold it again")
    }
  }
  return nil
}
