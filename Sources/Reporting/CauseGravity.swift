import EventModel

extension Cause {
  /// All causes, the most important first: what nothing explains, rows that one side lacks, what the log cannot tell,
  /// then what explains a row.
  package static let byGravity: [Cause] = [
    .changed, .surplus, .missing, .failed, .unexplained, .ahead, .version, .unseen, .behind, .tolerated, .texts, .clock,
  ]

  /// The place in ``byGravity``: 0 is the most important.
  package var gravity: Int {
    guard let place = Cause.byGravity.firstIndex(of: self) else {
      preconditionFailure("a cause without a rank: \(self)")
    }
    return place
  }
}
