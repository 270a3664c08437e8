import EventModel
import Folding
import JSONTape

/// Writes the question for a user: one line of JSON. One per process.
final class QuestionWriter {
  private let arena = ByteArena(capacity: 1 << 17)
  /// The size of a piece that is handed out. Memory does not grow with the length of a history.
  private static let piece = 1 << 16

  /// Calls `send` with the line, piece by piece.
  func write(
    _ question: OutsideQuestion, send: (UnsafeRawBufferPointer) throws(ProgramFault) -> Void
  ) throws(ProgramFault) {
    arena.count = 0
    var json = CanonicalWriter(output: arena)
    json.beginObject()
    json.key("user_id")
    json.uuid(question.user.id)
    json.key("as_of")
    json.instant(question.asOf)
    json.key("exported")
    json.bool(question.user.isExported)
    json.key("events")
    json.beginArray()
    for event in question.events where question.sources.contains(event.type) {
      write(event, question, &json)
      if arena.count >= QuestionWriter.piece {
        try send(arena.bytes)
        arena.count = 0
      }
    }
    json.endArray()
    json.endObject()
    arena.append(UInt8(ascii: "\n"))
    try send(arena.bytes)
  }

  private func write(_ event: Event, _ question: OutsideQuestion, _ json: inout CanonicalWriter) {
    guard let type = question.vocabulary.eventType(event.type) else {
      preconditionFailure("an event of a program's sources has a type")
    }
    let reversed = question.reversesMembers
    json.beginObject()
    if reversed { event.writeWhole(to: &json, reversed: true) }
    json.key("id")
    json.uuid(event.id)
    json.key("timestamp")
    json.instant(event.timestamp)
    json.key("event_type")
    json.string(type.name.utf8)
    if !reversed { event.writeWhole(to: &json, reversed: false) }
    json.key("created_at")
    json.instant(event.createdAt)
    json.endObject()
  }
}
