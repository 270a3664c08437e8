import JSONTape
import Reconciliation

/// How a live number follows from the rebuilt one.
///
/// A factor, an offset and a constant each fit a single pair of numbers. The one that needs the fewest digits beyond
/// what its rounding leaves open is chosen: 61.5382 for 60.7065 is "1.0137 times" rather than "0.8317 more".
enum NumberChange: Equatable {
  case factor(Double)
  case offset(JSONTree)
  case value(JSONTree)

  init(rebuilt: JSONTree, live: JSONTree) {
    self = .value(live)
    guard let a = rebuilt.number, let b = live.number else { return }
    if case .integer(let x) = rebuilt, case .integer(let y) = live, let distance = difference(y, x) {
      self = .offset(.integer(distance))
      return
    }
    var change = SharedChange()
    change.note(rebuilt: a, live: b)
    // The decimal places that a number in an interval of that width needs by chance, minus the places that it took.
    var best = 4 - places(of: b)
    if let offset = change.offset, 3.7 - places(of: offset.value) > best {
      best = 3.7 - places(of: offset.value)
      self = .offset(.double(offset.value))
    }
    if let factor = change.factor {
      let byChance = 4 + logarithm(a.magnitude / (1 + factor.value.magnitude))
      if byChance - places(of: factor.value) > best { self = .factor(factor.value) }
    }
  }

  /// The live number for another rebuilt one, rounded to four places as projections are; `nil` on overflow, or if the
  /// value is not a number.
  func applied(to value: JSONTree) -> JSONTree? {
    guard let number = value.number else { return nil }
    switch self {
    case .value(let live): return live
    case .offset(.integer(let distance)):
      guard case .integer(let value) = value else { return .double(round4(number + Double(distance))) }
      let (sum, overflow) = value.addingReportingOverflow(distance)
      return overflow ? nil : .integer(sum)
    case .offset(let distance): return .double(round4(number + (distance.number ?? 0)))
    case .factor(let factor): return .double(round4(number * factor))
    }
  }

  var words: String {
    switch self {
    case .factor(let factor): "\(factor) times the rebuilt number"
    case .offset(let distance): "the rebuilt number plus \(String(decoding: distance.canonicalBytes, as: UTF8.self))"
    case .value(let value): "always \(String(decoding: value.canonicalBytes, as: UTF8.self))"
    }
  }
}

private func difference(_ a: Int64, _ b: Int64) -> Int64? {
  let (difference, overflow) = a.subtractingReportingOverflow(b)
  return overflow ? nil : difference
}

private func round4(_ value: Double) -> Double {
  value.magnitude < 1e11 ? (value * 10_000).rounded() / 10_000 : value
}

/// The number of decimal places; at most 15.
private func places(of value: Double) -> Double {
  var scale = 1.0
  for places in 0..<15 {
    if (value * scale).rounded() / scale == value { return Double(places) }
    scale *= 10
  }
  return 15
}

/// The decimal logarithm to the nearest half, which is enough to compare digit counts.
private func logarithm(_ value: Double) -> Double {
  var rest = value
  var result = 0.0
  while rest >= 10, result < 20 {
    rest /= 10
    result += 1
  }
  while rest < 1, rest > 0, result > -20 {
    rest *= 10
    result -= 1
  }
  return rest >= 3 ? result + 0.5 : result
}
