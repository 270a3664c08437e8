import EventModel
import Folding
import Formatting
import JSONTape
import Reporting

/// What a report counts of a row: its status and its confidence.
struct RowQuality: Equatable {
  /// Place in ``ReportFacts/Mix/names``; `nil` for projections without one.
  var status: Int?
  /// Index of the twentieth of 0…1; `nil` if there is no confidence, or it is out of range.
  var confidence: Int?
}

/// Reads the quality of the rows of one projection.
struct QualityReader {
  private let places: QualityPlaces
  /// The catalogue's statuses.
  private let statuses: [[UInt8]]

  init(_ places: QualityPlaces, _ catalogue: Catalogue) {
    self.places = places
    statuses = catalogue.statuses.map { Array($0.utf8) }
  }

  /// The quality of a packed row.
  func quality(of data: JSONValue) -> RowQuality {
    var quality = RowQuality()
    if let status = places.status {
      let text = data.member(named: status).flatMap { $0.isString ? $0.text : nil }
      quality.status = text.map(place) ?? statuses.count
    }
    if let confidence = places.confidence {
      quality.confidence = data.member(named: confidence).flatMap(QualityReader.double).flatMap(QualityReader.twentieth)
    }
    return quality
  }

  /// The quality of a row in canonical text, without packing it; `nil` if it must be packed. In a row that a reducer
  /// wrote, both keys are near an end of the text.
  func quality(ofText text: UnsafeRawBufferPointer) -> RowQuality? {
    let object = CanonicalObject(text)
    var quality = RowQuality()
    if let status = places.status {
      guard let text = object.string(status, from: .back) else { return nil }
      quality.status = place(text)
    }
    if let confidence = places.confidence {
      guard let number = object.number(confidence, from: .front) else { return nil }
      quality.confidence = QualityReader.twentieth(number)
    }
    return quality
  }

  private func place(_ text: UnsafeRawBufferPointer) -> Int {
    statuses.firstIndex { text.equals($0) } ?? statuses.count
  }

  /// 0.15 is in the twentieth that begins with it, whichever double represents it; 1 is in the last.
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

/// Counts of rows by projection and quality. A plain buffer, because a report notes every row of both sides.
final class QualityCounts {
  private typealias Mix = ReportFacts.Mix
  private let statuses: [String]
  /// Places in the counts of a projection: of the first confidence, of rows without one, of all rows; how many there are.
  private let confidences: Int
  private let without: Int
  private let rows: Int
  private let size: Int
  private let counts: UnsafeMutableBufferPointer<Int>

  private let projections: Int

  init(_ catalogue: Catalogue) {
    projections = catalogue.names.count
    statuses = catalogue.statuses
    confidences = statuses.count + 1
    without = confidences + Mix.confidenceBins
    rows = without + 1
    size = rows + 1
    counts = .allocate(capacity: size * projections)
    counts.initialize(repeating: 0)
  }

  deinit { counts.deallocate() }

  /// Counts a row of the projection of that number.
  @inline(__always)
  func note(_ row: RowQuality, _ number: Int) {
    let base = number * size
    counts[base + rows] += 1
    if let status = row.status { counts[base + status] += 1 }
    counts[base + (row.confidence.map { confidences + $0 } ?? without)] += 1
  }

  /// The counts by the projection's number.
  var mixes: [ReportFacts.Mix] {
    (0..<projections).map { number in
      let own = counts[(number * size)..<((number + 1) * size)]
      var mix = Mix(statuses: statuses)
      mix.statuses = Array(own.prefix(confidences))
      mix.confidence = Array(own.dropFirst(confidences).prefix(Mix.confidenceBins))
      mix.withoutConfidence = counts[number * size + without]
      mix.rows = counts[number * size + rows]
      return mix
    }
  }
}
