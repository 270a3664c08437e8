import EventModel

/// A shard that is open, or being opened, and how far its reader is. Its mutable parts belong to whoever holds the
/// reader's lock, except for ``reader`` and ``count`` while the lane ``isBusy``: those belong to the thread that took it.
final class ShardLane: @unchecked Sendable {
  /// Index of the file among the reader's paths.
  let shard: Int
  /// Whether a thread has taken it.
  var isBusy = true
  /// Packed bytes read, as of the last chunk.
  var bytesRead = 0
  /// Whether its chunks may be handed out before those of earlier shards.
  var mayGoAhead = false
  /// `nil` until the file is open.
  var reader: ShardReader?
  /// Number of chunks handed out.
  var count = 0

  init(shard: Int) { self.shard = shard }
}
