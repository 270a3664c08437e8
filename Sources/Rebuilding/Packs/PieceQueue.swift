import EventLog
import Synchronization

/// Hands the pieces of a split log to threads, one at a time. There may be thousands, so none stays open.
final class PieceQueue: Sendable {
  private let inputs: LogInputs
  private let taken = Atomic(0)

  init(_ inputs: LogInputs) { self.inputs = inputs }

  /// The next piece, and its number after those of the packed logs; `nil` at the end.
  func next() throws -> (number: Int, piece: PackedLog)? {
    let number = taken.wrappingAdd(1, ordering: .relaxed).oldValue
    guard number < inputs.pieces.count else { return nil }
    return (inputs.packs.count + number, try PackedLog(inputs.pieces[number]))
  }
}
