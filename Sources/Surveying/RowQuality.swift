import EventModel
import Formatting
import JSONTape
import Projections
import Reporting

/// What a report counts of a row: its status and its confidence.
struct RowQuality: Equatable {
  /// Place in ``ReportFacts/Mix/statuses``; `nil` for projections without one.
  var status: Int?
  /// The twentieth of 0…1; `nil` when there is none, or outside.
  var confidence: Int?
}

/// Reads what is counted of the rows of one projection.
struct QualityReader {
  private let places: QualityPlaces

  init(_ places: QualityPlaces) { self.places = places }

  /// Of a row, packed.
  func quality(of data: JSONValue) -> RowQuality {
    var quality = RowQuality()
    if let status = places.status {
      let text = data.member(status).flatMap { $0.isString ? $0.text : nil }
      quality.status = text.map(QualityReader.place) ?? QualityReader.otherStatus
    }
    if let confidence = places.confidence {
      quality.confidence = data.member(confidence).flatMap(QualityReader.double).flatMap(QualityReader.twentieth)
    }
    return quality
  }

  /// Of a row's canonical text, without packing it; `nil` where that takes packing. The texts of both keys are near an end of a
  /// row that a reducer wrote.
  func quality(ofText text: UnsafeRawBufferPointer) -> RowQuality? {
    let object = CanonicalObject(text)
    var quality = RowQuality()
    if let status = places.status {
      guard let text = object.string(status, from: .back) else { return nil }
      quality.status = QualityReader.place(text)
    }
    if let confidence = places.confidence {
      guard let number = object.number(confidence, from: .front) else { return nil }
      quality.confidence = QualityReader.twentieth(number)
    }
    return quality
  }

  private static let statuses = ReportFacts.Mix.statuses.dropLast().map { Array($0.utf8) }
  private static let otherStatus = ReportFacts.Mix.statuses.count - 1

  private static func place(_ text: UnsafeRawBufferPointer) -> Int {
    statuses.firstIndex { text.equals($0) } ?? otherStatus
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

/// Counts of rows by projection and quality, in plain memory: a report notes every row of both sides.
final class QualityCounts {
  private typealias Mix = ReportFacts.Mix
  private static let confidences = Mix.statuses.count
  private static let without = confidences + Mix.confidenceBins
  private static let rows = without + 1
  private static let size = rows + 1
  private let counts: UnsafeMutableBufferPointer<Int>

  private let projections: Int

  init(projections: Int) {
    self.projections = projections
    counts = .allocate(capacity: QualityCounts.size * projections)
    counts.initialize(repeating: 0)
  }

  deinit { counts.deallocate() }

  /// Counts a row of the projection of that number.
  @inline(__always)
  func note(_ row: RowQuality, _ number: Int) {
    let base = number * QualityCounts.size
    counts[base + QualityCounts.rows] += 1
    if let status = row.status { counts[base + status] += 1 }
    counts[base + (row.confidence.map { QualityCounts.confidences + $0 } ?? QualityCounts.without)] += 1
  }

  /// The counts by the projection's number.
  var mixes: [ReportFacts.Mix] {
    (0..<projections).map { number in
      let own = counts[(number * QualityCounts.size)..<((number + 1) * QualityCounts.size)]
      var mix = Mix()
      mix.statuses = Array(own.prefix(QualityCounts.confidences))
      mix.confidence = Array(own.dropFirst(QualityCounts.confidences).prefix(Mix.confidenceBins))
      mix.withoutConfidence = counts[number * QualityCounts.size + QualityCounts.without]
      mix.rows = counts[number * QualityCounts.size + QualityCounts.rows]
      return mix
    }
  }
}
