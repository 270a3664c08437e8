import EventLog
import EventModel
import Running
import Synchronization

/// A block of one of several packs: its number, and that of the pack.
struct PackBlockPlace: Sendable {
  var pack: Int
  var block: Int

  /// All blocks of some of the packs, in their order.
  static func all(of numbers: some Sequence<Int>, in packs: [PackedLog]) -> [PackBlockPlace] {
    numbers.flatMap { pack in packs[pack].blocks.indices.map { PackBlockPlace(pack: pack, block: $0) } }
  }

  /// The blocks that may hold some users.
  static func of(_ users: Set<UserID>, in packs: [PackedLog]) -> [PackBlockPlace] {
    packs.indices.flatMap { pack in
      Set(users.flatMap { packs[pack].blocks(of: $0) }).sorted().map { PackBlockPlace(pack: pack, block: $0) }
    }
  }
}

/// Calls `body` for each of some blocks, on several threads, with the thread's number and its reader of that pack. The
/// block is not loaded.
func onBlocks(
  _ packs: [PackedLog], _ blocks: [PackBlockPlace], threads: Int, _ progress: ProgressMeter,
  _ body: (_ thread: Int, _ place: PackBlockPlace, _ reader: PackBlockReader) throws -> Void
) throws {
  if blocks.isEmpty { return }
  let errors = FirstError()
  let next = Atomic(0)
  withoutActuallyEscaping(body) { body in
    let lent = LentBody(body)
    onThreads(min(max(1, threads), blocks.count)) { thread in
      do {
        let readers = packs.map { PackBlockReader($0) }
        while !errors.isSet {
          let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
          if number >= blocks.count { break }
          let place = blocks[number]
          try lent.body(thread, place, readers[place.pack])
          progress.add(events: packs[place.pack].blocks[place.block].facts.events)
        }
      } catch {
        errors.note(error)
      }
    }
  }
  try errors.throwIfSet()
}

/// A closure that several threads call while its owner waits for them.
private struct LentBody: @unchecked Sendable {
  let body: (Int, PackBlockPlace, PackBlockReader) throws -> Void

  init(_ body: @escaping (Int, PackBlockPlace, PackBlockReader) throws -> Void) { self.body = body }
}
