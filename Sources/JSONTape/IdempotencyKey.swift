import EventModel

extension TapeWalker {
  /// Hash of the member name whose value ``idempotencyKey`` fingerprints.
  static let idempotencyKeyName: UInt64 = {
    var name = "idempotency_key"
    return name.withUTF8 { FieldTable.hash(of: UnsafeRawBufferPointer($0)).state }
  }()

  /// Fingerprint of the text that PostgreSQL's `metadata->>'idempotency_key'` gives, from the value's hash; 0 for null.
  ///
  /// Strings, integers and booleans are fingerprinted by their text, as PostgreSQL's index compares them (`1` and `"1"`
  /// are one key). Other numbers, arrays and objects are fingerprinted by their value. O(1), except for integers.
  @inline(__always)
  func fingerprint(_ index: Int, _ hash: ContentHash, _ tape: Tape) -> UInt64 {
    tape.tag(index) == Tape.Tag.string ? max(1, hash.state) : fingerprintOfOther(index, hash, tape)
  }

  @inline(never)
  private func fingerprintOfOther(_ index: Int, _ hash: ContentHash, _ tape: Tape) -> UInt64 {
    switch tape.tag(index) {
    case Tape.Tag.null: 0
    case Tape.Tag.integer: fingerprint(String(Int64(bitPattern: tape.words[index + 1])))
    case Tape.Tag.unsigned: fingerprint(String(tape.words[index + 1]))
    case Tape.Tag.bigInteger: fingerprint(String(decoding: tape.string(index), as: UTF8.self))
    case Tape.Tag.yes: fingerprint("true")
    case Tape.Tag.no: fingerprint("false")
    default: max(1, hash.state)
    }
  }

  /// The fingerprint of a string with this text.
  private func fingerprint(_ text: String) -> UInt64 {
    var text = text
    return text.withUTF8 { max(1, TapeWalker.hash(ofString: UnsafeRawBufferPointer($0)).state) }
  }
}
