import EventLog
import EventModel
import Glibc

/// What one thread has found of some users: an event is kept once, however often it is repeated.
final class FoundByThread {
  /// Where events are decoded to.
  let arena = ByteArena()
  let texts = FoundTexts()
  private(set) var byUser: [UserID: [FoundRecord]] = [:]
  private var bytesBeforeFolding = 8 << 20
  private var count = 0

  /// Takes the event that was decoded at `offset`, the last so far.
  func add(_ record: FoundRecord, eventAt offset: Int, of user: UserID) {
    var record = record
    record.offset = offset
    byUser[user, default: []].append(record)
    count += 1
    if arena.count + count * MemoryLayout<FoundRecord>.stride > bytesBeforeFolding { foldRepeats() }
  }

  func add(malformed record: FoundRecord, of user: UserID) {
    var record = record
    record.offset = -1
    byUser[user, default: []].append(record)
    count += 1
  }

  /// The records, their events in place. Nothing may be added any more.
  func finish() -> [UserID: [FoundRecord]] {
    setEvents()
    return byUser
  }

  private func setEvents() {
    for user in byUser.keys {
      byUser[user]?.withUnsafeMutableBufferPointer { records in
        for position in records.indices where records[position].offset >= 0 {
          records[position].event = Event(arena.base + records[position].offset)
        }
      }
    }
  }

  /// Keeps, of records that repeat one another, one event.
  private func foldRepeats() {
    setEvents()
    var places: [(old: Int, user: UserID, position: Int)] = []
    for user in byUser.keys {
      byUser[user]?.sort(by: FoundRecord.precedes)
      byUser[user]?.limitRepeats()
      byUser[user]?.withUnsafeMutableBufferPointer { records in
        for position in records.indices where records[position].offset >= 0 {
          if position > 0, records[position].repeats(records[position - 1]) {
            records[position].offset = records[position - 1].offset
          }
          places.append((records[position].offset, user, position))
        }
      }
    }
    places.sort { $0.old < $1.old }
    arena.count = 0
    var moved = (old: -1, new: 0)
    for place in places {
      if place.old != moved.old {
        let size = Event(arena.base + place.old).size
        memmove(arena.base + arena.count, arena.base + place.old, size)
        moved = (place.old, arena.count)
        arena.count += size
      }
      byUser[place.user]?[place.position].offset = moved.new
    }
    count = byUser.values.reduce(0) { $0 + $1.count }
    bytesBeforeFolding = max(8 << 20, 2 * (arena.count + count * MemoryLayout<FoundRecord>.stride))
  }
}
