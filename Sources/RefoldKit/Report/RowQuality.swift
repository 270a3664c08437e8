import Glibc
import JSONTape
import Projections
import Reporting

/// What a report counts of a row: its status and its confidence.
struct RowQuality: Equatable {
  /// Place in ``ReportFacts/Mix/statuses``; `nil` for projections without one.
  var status: Int?
  /// The twentieth of 0…1; `nil` when there is none, or outside.
  var confidence: Int?

  /// From a row, packed.
  init(_ data: JSONValue, _ number: Int) {
    let isCapability = RowQuality.kinds[number] == .capability
    if isCapability {
      let text = data.member("status").flatMap { $0.isString ? $0.text : nil }
      status = text.map(RowQuality.place) ?? RowQuality.otherStatus
    }
    let confidence = isCapability ? data.member("confidence") : data.member("inferred_confidence")
    self.confidence = confidence.flatMap(RowQuality.double).flatMap(RowQuality.twentieth)
  }

  /// From a row's canonical text, without packing it; `nil` where that takes packing. The texts of both keys stand near
  /// an end of a row that a reducer wrote.
  init?(text: UnsafeRawBufferPointer, _ number: Int) {
    let object = CanonicalObject(text)
    let isCapability = RowQuality.kinds[number] == .capability
    if isCapability {
      guard let text = object.string("status", from: .back) else { return nil }
      status = RowQuality.place(text)
    }
    let name: StaticString = isCapability ? "confidence" : "inferred_confidence"
    guard let confidence = object.number(name, from: .front) else { return nil }
    self.confidence = RowQuality.twentieth(confidence)
  }

  /// Whether rows of that projection are counted at all.
  static func isCounted(_ number: Int) -> Bool { kinds[number] != .advisory }

  private enum Kind {
    case capability, state, advisory
  }

  private static let kinds: [Kind] = ProjectionCatalog.names.map {
    switch $0.type {
    case Surface.capability: .capability
    case ProjectionCatalog.advisoryType: .advisory
    default: .state
    }
  }

  private static let statuses = ReportFacts.Mix.statuses.dropLast().map { Array($0.utf8) }
  private static let otherStatus = ReportFacts.Mix.statuses.count - 1

  private static func place(_ text: UnsafeRawBufferPointer) -> Int {
    for place in statuses.indices
    where statuses[place].count == text.count && memcmp(statuses[place], text.baseAddress!, text.count) == 0 {
      return place
    }
    return otherStatus
  }

  /// 0.15 is in the twentieth that begins with it, whatever its double; 1 is in the last.
  private static func twentieth(_ confidence: Double) -> Int? {
    guard confidence >= 0, confidence <= 1 else { return nil }
    let bins = ReportFacts.Mix.confidenceBins
    return min(bins - 1, Int((confidence * Double(bins) + 1e-9).rounded(.down)))
  }

  private static func double(_ value: JSONValue) -> Double? {
    switch value.kind {
    case .double: value.double
    case .smallInteger, .mediumInteger, .integer: Double(value.integer)
    default: nil
    }
  }
}

extension ReportFacts.Mix {
  mutating func note(_ row: RowQuality) {
    rows += 1
    if let status = row.status { statuses[status] += 1 }
    if let confidence = row.confidence { self.confidence[confidence] += 1 } else { withoutConfidence += 1 }
  }
}
