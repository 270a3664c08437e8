/// How many malformed records a run bears: a number, or a share of all records met.
package enum BadRecordLimit: Sendable, Hashable, CustomStringConvertible {
  case count(Int)
  /// Per cent.
  case share(Double)

  /// `100` or `0.5%`. `nil` for anything else, for negative numbers and for more than 100 %.
  package init?(_ text: String) {
    if text.hasSuffix("%") {
      guard let share = Double(text.dropLast()), (0...100).contains(share) else { return nil }
      self = .share(share)
    } else {
      guard let count = Int(text), count >= 0 else { return nil }
      self = .count(count)
    }
  }

  package func allows(_ malformed: Int, of records: Int) -> Bool {
    switch self {
    case .count(let limit): malformed <= limit
    case .share(let limit): Double(malformed) * 100 <= limit * Double(records)
    }
  }

  package var description: String {
    switch self {
    case .count(let limit): "\(limit)"
    case .share(let limit): limit == limit.rounded() ? "\(Int(limit))%" : "\(limit)%"
    }
  }
}
