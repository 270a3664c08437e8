import EventModel
import Folding
import JSONTape

/// Reads a program's answer for a user: one line of JSON. One per process.
final class AnswerReader {
  private let projections: [OutsideProjection]
  private let parser = TapeParser()
  private let arena = ByteArena(capacity: 1 << 16)
  private let packer: DocumentPacker

  init(_ projections: [OutsideProjection]) {
    self.projections = projections
    packer = DocumentPacker(arena: arena)
  }

  /// - Parameters:
  ///   - line: the beginning of `inbox`, which is padded here.
  ///   - answer: empty.
  func read(
    _ line: UnsafeRawBufferPointer, _ inbox: ByteArena, _ question: OutsideQuestion, into answer: OutsideAnswer
  ) throws(ProgramFault) {
    let count = line.count
    inbox.reserve(TapeParser.padding)
    for offset in 0..<TapeParser.padding {
      inbox.base.storeBytes(of: 0x20, toByteOffset: count + offset, as: UInt8.self)
    }
    let text = UnsafeRawBufferPointer(start: inbox.base, count: count)
    arena.count = 0
    let root: JSONValue
    do throws(JSONFault) {
      let tape = try parser.parseTakingDoubles(text)
      // Packing may move the arena.
      let place = try packer.walk(tape, of: text)
      root = JSONValue(arena.base + place)
    } catch {
      let known = "not JSON: "
      let reason = error.reason.hasPrefix(known) ? String(error.reason.dropFirst(known.count)) : error.reason
      throw ProgramFault("its answer is not JSON: \(reason)\(AnswerReader.hint(text))")
    }
    guard root.kind == .object else { throw ProgramFault("its answer is not an object") }
    var rows: JSONValue?
    var failures: JSONValue?
    var user: JSONValue?
    for (key, value) in root.members {
      if key.equals("user_id") {
        user = value
      } else if key.equals("rows") {
        rows = value
      } else if key.equals("failures") {
        failures = value
      } else {
        throw ProgramFault("its answer has an unknown member; known are user_id, rows, failures")
      }
    }
    guard let user, user.isString, let id = UserID(user.text) else {
      throw ProgramFault("its answer names no user_id")
    }
    guard id == question.user.id else {
      throw ProgramFault("its answer is for user \(id); answers must be in the order of the questions")
    }
    guard let rows, rows.kind == .array else { throw ProgramFault("its answer has no list of rows") }
    if let failures, failures.kind != .array { throw ProgramFault("the failures of its answer are not a list") }
    for row in rows.elements { try read(row: row, into: answer) }
    if let failures { for failure in failures.elements { try read(failure: failure, into: answer) } }
    // The answer outlives this reader's memory, which the next question of any thread uses.
    for index in answer.rows.indices { answer.rows[index].data += answer.arena.count }
    answer.arena.append(arena.bytes)
    answer.rows.removeAll { answer.failures[$0.name.type] != nil }
  }

  private func read(row: JSONValue, into answer: OutsideAnswer) throws(ProgramFault) {
    let place = "rows[\(answer.rows.count)]"
    guard row.kind == .object else { throw ProgramFault("\(place) is not an object") }
    var type: JSONValue?
    var key: JSONValue?
    var data: JSONValue?
    var lastEvent: JSONValue?
    for (name, value) in row.members {
      if name.equals("projection_type") {
        type = value
      } else if name.equals("key") {
        key = value
      } else if name.equals("data") {
        data = value
      } else if name.equals("last_event_id") {
        lastEvent = value
      } else {
        throw ProgramFault(
          "\(place) has an unknown member; known are projection_type, key, data, last_event_id")
      }
    }
    let projection = try projection(type, place)
    guard let key, key.isString, let name = projection.keys.first(where: { key.text.equals(Array($0.utf8)) }) else {
      throw ProgramFault(
        "\(place) has a key of \(projection.type) that its file does not name; it names \(projection.keys.joined(separator: ", "))"
      )
    }
    let known = ProjectionName(type: projection.type, key: name)
    if answer.rows.contains(where: { $0.name == known }) { throw ProgramFault("its answer has two rows of \(known)") }
    guard let data, data.kind == .object else { throw ProgramFault("the data of \(known) is not an object") }
    answer.rows.append(
      OutsideAnswer.Row(
        name: known, data: data.base - UnsafeRawPointer(arena.base),
        lastEvent: try event(lastEvent, "last_event_id of \(known)")))
  }

  private func read(failure: JSONValue, into answer: OutsideAnswer) throws(ProgramFault) {
    let place = "failures[\(answer.failures.count)]"
    guard failure.kind == .object else { throw ProgramFault("\(place) is not an object") }
    var type: JSONValue?
    var code: JSONValue?
    var eventID: JSONValue?
    var detail: JSONValue?
    for (name, value) in failure.members {
      if name.equals("projection_type") {
        type = value
      } else if name.equals("code") {
        code = value
      } else if name.equals("event_id") {
        eventID = value
      } else if name.equals("detail") {
        detail = value
      } else {
        throw ProgramFault("\(place) has an unknown member; known are projection_type, code, event_id, detail")
      }
    }
    let projection = try projection(type, place)
    guard let code, code.isString, let word = FailureCode(rawValue: String(decoding: code.text, as: UTF8.self)) else {
      throw ProgramFault("the code of \(place) is not a word of lower-case letters, digits and _")
    }
    if let detail, !detail.isString, detail.kind != .null { throw ProgramFault("the detail of \(place) is not a text") }
    let failure = ReducerFailure(
      word, event: try event(eventID, "event_id of \(place)"),
      detail: detail.map { $0.isString ? String(decoding: $0.text, as: UTF8.self) : "" } ?? "")
    if answer.failures.updateValue(failure, forKey: projection.type) != nil {
      throw ProgramFault("its answer has two failures of \(projection.type)")
    }
  }

  private func projection(_ type: JSONValue?, _ place: String) throws(ProgramFault) -> OutsideProjection {
    guard let type, type.isString, let projection = projections.first(where: { type.text.equals(Array($0.type.utf8)) })
    else {
      throw ProgramFault(
        "\(place) has a projection_type that its file does not name; it names \(projections.map(\.type).joined(separator: ", "))"
      )
    }
    return projection
  }

  private func event(_ value: JSONValue?, _ place: String) throws(ProgramFault) -> EventID? {
    guard let value, value.kind != .null else { return nil }
    guard value.isString, let id = EventID(value.text) else { throw ProgramFault("the \(place) is not a UUID") }
    return id
  }

  /// What is probably wrong with a line that is no JSON, without showing any of it.
  private static func hint(_ text: UnsafeRawBufferPointer) -> String {
    if text.isEmpty { return " (an empty line)" }
    for word in ["NaN", "Infinity"] {
      if String(decoding: text, as: UTF8.self).contains(word) { return " (JSON has no \(word))" }
    }
    if text.first != UInt8(ascii: "{") {
      return " (standard output is for answers; print anything else to standard error)"
    }
    return ""
  }
}
