import EventModel
import JSONTape

/// Tape indices of the column values in an NDJSON line; 0 for a missing column. If a key is repeated, the last one
/// counts.
struct TapeColumns {
  var id = 0
  var user = 0
  var timestamp = 0
  var type = 0
  var data = 0
  var metadata = 0
  var createdAt = 0
  /// Values of columns that may mark the record as deleted; `column` is an index in ``DeletionMarks/columns``.
  var marks: [(column: Int, value: Int)] = []
  /// Values of `data` and `metadata` that a later member with the same key replaces.
  var overwritten: [Int] = []

  @inline(__always)
  init(_ tape: Tape) {
    let end = tape.after(Tape.root) - 1
    var at = Tape.root + 1
    while at < end {
      let key = tape.string(at)
      switch key.count {
      case 2 where key.equals("id"): id = at + 1
      case 7 where key.equals("user_id"): user = at + 1
      case 9 where key.equals("timestamp"): timestamp = at + 1
      case 10 where key.equals("event_type"): type = at + 1
      case 10 where key.equals("created_at"): createdAt = at + 1
      case 4 where key.equals("data"):
        if data != 0 { overwritten.append(data) }
        data = at + 1
      case 8 where key.equals("metadata"):
        if metadata != 0 { overwritten.append(metadata) }
        metadata = at + 1
      default: if let mark = DeletionMarks.index(of: key) { marks.append((mark, at + 1)) }
      }
      at = tape.after(at + 1)
    }
  }
}
