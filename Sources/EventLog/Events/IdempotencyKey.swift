import EventModel
import JSONTape

extension TapeWalker {
  /// Fingerprint of `metadata->>'idempotency_key'` where `metadata` is the value at `index`; 0 where that is NULL.
  ///
  /// Texts, integers and booleans count by their text, as PostgreSQL's index has them (`1` and `"1"` are one key);
  /// other numbers, arrays and objects by their value. O(members), the value's length for the last kind.
  @inline(__always)
  func idempotencyKey(in index: Int, _ tape: Tape) throws(JSONFault) -> UInt64 {
    guard tape.tag(index) == Tape.Tag.object else { return 0 }
    var found = 0
    let end = tape.after(index) - 1
    var at = index + 1
    while at < end {
      let key = tape.string(at)
      if key.count == 15, key.elementsEqual("idempotency_key".utf8) { found = at + 1 }
      at = tape.after(at + 1)
    }
    return found == 0 ? 0 : try fingerprint(found, tape)
  }

  private func fingerprint(_ index: Int, _ tape: Tape) throws(JSONFault) -> UInt64 {
    var hash = ContentHash(seed: 9)
    switch tape.tag(index) {
    case Tape.Tag.null: return 0
    case Tape.Tag.string, Tape.Tag.bigInteger: hash.mix(tape.string(index))
    case Tape.Tag.integer: hash.mix(text: String(Int64(bitPattern: tape.words[index + 1])))
    case Tape.Tag.unsigned: hash.mix(text: String(tape.words[index + 1]))
    case Tape.Tag.yes: hash.mix(text: "true")
    case Tape.Tag.no: hash.mix(text: "false")
    default:
      let value = try walk(index, pack: false)
      hash.mix(value.state, 0)
    }
    return max(1, hash.state)
  }
}

extension ContentHash {
  fileprivate mutating func mix(text: String) {
    var text = text
    text.withUTF8 { mix(UnsafeRawBufferPointer($0)) }
  }
}
