import EventModel
import JSONTape

/// Which hashes of an event a decoder computes.
public enum ContentScope: Sendable {
  /// ``EventHead/content`` covers what reducers read. Members that nobody reads are not hashed.
  case read
  /// The same, and ``EventDecoder/wholeContent`` covers the whole event except its id.
  case readAndWhole
  /// ``EventHead/content`` covers the whole event except its id, and so does ``EventDecoder/wholeContent``.
  case whole

  var hashesAll: Bool { self != .read }
}

/// Hashes of an event, the same whatever export it came from.
struct EventHashes {
  /// Of the instants, the type, and the members that reducers read.
  var read: ContentHash
  /// Of everything except the id.
  var whole: ContentHash

  /// - Parameters:
  ///   - type: hash of the type's text: ``FieldTable/hash(of:)``.
  ///   - flags: facts about `data` and `metadata`, on which reducers depend.
  @inline(__always)
  init(
    _ columns: EventColumns, type: ContentHash.BeforeWord, data: FieldHashes, metadata: FieldHashes, flags: EventFlags,
    hashesAll: Bool
  ) {
    let created = UInt64(bitPattern: columns.createdAt?.microseconds ?? .min)
    let timestamp = UInt64(bitPattern: columns.timestamp.microseconds)
    read = type.mixing(timestamp)
    read.mix(created, data.read.state)
    read.mix(metadata.read.state, UInt64(flags.rawValue))
    whole = ContentHash(state: 0)
    if hashesAll {
      whole = ContentHash(seed: 0)
      whole.mix(columns.user.high, columns.user.low)
      whole.mix(timestamp, created)
      whole.mix(columns.type)
      whole.mix(data.whole.state, metadata.whole.state)
    }
  }

  /// What ``EventHead/content`` holds. An event that is kept whole is read whole.
  @inline(__always)
  func head(_ scope: ContentScope, isWhole: Bool) -> UInt64 {
    scope == .whole || isWhole ? whole.state : read.state
  }
}
