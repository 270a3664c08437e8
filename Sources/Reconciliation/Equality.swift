import EventModel
import JSONTape
import Platform

/// Exact equality of JSON values. Two integers are compared as integers, other numbers as IEEE doubles (an integer is
/// first rounded to its double). `true` is not 1. Objects are unordered, arrays ordered.
package func isSame(_ a: JSONValue, _ b: JSONValue) -> Bool {
  switch a.kind {
  case .object:
    guard b.kind == .object, a.entryCount == b.entryCount else { return false }
    var others = b.members
    for (key, value) in a.members {
      // Both are in jsonb order, so equal objects have the same keys at the same positions.
      guard let other = others.next(), key.equals(other.key), isSame(value, other.value) else { return false }
    }
    return true
  case .array:
    guard b.kind == .array, a.entryCount == b.entryCount else { return false }
    var others = b.elements
    for value in a.elements {
      guard let other = others.next(), isSame(value, other) else { return false }
    }
    return true
  default: return isSameScalar(a, b)
  }
}

/// ``isSame(_:_:)`` for projection data, except for the clock at top level: any two instants count as the same.
///
/// - Parameter clock: the member with the instant at which a row was computed; `nil` if no row has one.
package func isSameData(_ a: JSONValue, _ b: JSONValue, clock: ConstantName?) -> Bool {
  guard let clock, a.kind == .object, b.kind == .object else { return isSame(a, b) }
  var left = DataMembers(a, clock)
  var right = DataMembers(b, clock)
  while true {
    guard let one = left.next() else {
      return right.next() == nil && isSameInstant(left.instant, right.instant)
    }
    guard let other = right.next(), one.key.equals(other.key), isSame(one.value, other.value) else {
      return false
    }
  }
}

/// The members of projection data without the clock, which is kept separately.
struct DataMembers {
  private var members: JSONValue.Members
  private let clock: ConstantName
  private(set) var instant: JSONValue?

  init(_ data: JSONValue, _ clock: ConstantName) {
    members = data.members
    self.clock = clock
  }

  mutating func next() -> (key: UnsafeRawBufferPointer, value: JSONValue)? {
    while let member = members.next() {
      if !member.key.equals(clock.utf8) { return member }
      instant = member.value
    }
    return nil
  }
}

/// Whether both are instants, equal or not, or both are the same or missing.
func isSameInstant(_ a: JSONValue?, _ b: JSONValue?) -> Bool {
  guard let a, let b else { return a == nil && b == nil }
  return isSame(a, b) || (a.instant != nil && b.instant != nil)
}

/// Equality of two values, at least one of which is not a container.
func isSameScalar(_ a: JSONValue, _ b: JSONValue) -> Bool {
  if a.isInteger, b.isInteger { return a.integer == b.integer }
  if a.isNumber, b.isNumber {
    if a.kind == .bigInteger, b.kind == .bigInteger { return a.text.equals(b.text) }
    // An integer within 64 bits never equals one beyond them.
    if a.kind != .double, b.kind != .double { return false }
    guard let left = a.finiteDouble, let right = b.finiteDouble else { return false }
    return left == right
  }
  if a.isString, b.isString { return a.text.equals(b.text) }
  return a.kind == b.kind
}

extension JSONValue {
  /// The instant that a text states; `nil` for anything else.
  package var instant: Instant? {
    guard isString else { return nil }
    do throws(TimestampText.Fault) { return try TimestampText.parse(text) } catch { return nil }
  }

  @inline(__always)
  var isInteger: Bool { kind == .smallInteger || kind == .mediumInteger || kind == .integer }

  @inline(__always)
  var isNumber: Bool { isInteger || kind == .double || kind == .bigInteger }

  /// The number as a double; `nil` for other values and for integers beyond its range.
  var finiteDouble: Double? {
    switch kind {
    case .double: return double
    case .smallInteger, .mediumInteger, .integer: return Double(integer)
    case .bigInteger:
      let value = String(decoding: text, as: UTF8.self).withCString { strtod($0, nil) }
      return value.isFinite ? value : nil
    default: return nil
    }
  }
}
