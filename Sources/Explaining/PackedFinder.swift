import EventLog
import EventModel
import Folding
import Rebuilding

/// Keeps the events of users in packed logs, among those that a thread finds in exports. One per thread.
package final class PackedFinder {
  private let found: FoundByThread
  private let number: Int32
  private let vocabulary: Vocabulary
  /// What the events of packs look like in an export.
  package let records: PackedRecordWriter
  /// Makes events of those of packs, by pack.
  private var makers: [Int: PackedEvents] = [:]

  /// - Parameter number: of the thread's ``FoundTexts``.
  package init(_ found: FoundByThread, number: Int32, _ vocabulary: Vocabulary) {
    self.found = found
    self.number = number
    self.vocabulary = vocabulary
    records = PackedRecordWriter(vocabulary)
  }

  /// Keeps the events of a user in a block of a pack, and counts them.
  ///
  /// - Parameters:
  ///   - count: the number of packs.
  ///   - extra: the bytes to keep with an event, given its type.
  package func take(
    _ reader: PackBlockReader, pack: Int, of count: Int, _ counts: inout ReadingCounts,
    extra: (PackBlockReader.StoredEvent, String) throws -> [UInt8] = { _, _ in [] }
  ) throws {
    let maker =
      makers[pack]
      ?? PackedEvents(
        reader.pack.header, vocabulary: vocabulary.tables, arena: found.arena, scope: .whole, keepsTails: false)
    makers[pack] = maker
    let position = LogPosition(packed: reader.pack.path)
    let file = found.texts.number(ofFile: position.file.raw)
    while reader.eventsLeft > 0 {
      let event = reader.event()
      let start = found.arena.count
      try maker.append(event, of: reader)
      counts.events += 1
      counts.note(event.traits)
      let type = try records.type(of: event, reader)
      // Packs come after all other files.
      let place = FoundPlace(
        position, chunk: Int(Int32.max) - count + pack, file: file, text: found.texts.number(ofType: type),
        source: number)
      try found.add(place, eventAt: start, of: reader.user, extra: try extra(event, type))
    }
  }
}
