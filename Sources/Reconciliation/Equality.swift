import EventModel
import JSONTape
import Platform

/// Exact equality of JSON values: two integers as integers, other numbers as IEEE doubles (an integer is first
/// rounded to its double), `true` is not 1; objects unordered, arrays ordered.
package func isSame(_ a: JSONValue, _ b: JSONValue) -> Bool {
  switch a.kind {
  case .object:
    guard b.kind == .object, a.entryCount == b.entryCount else { return false }
    var others = b.members
    for (key, value) in a.members {
      // Both are in jsonb order, so equal objects have equal keys side by side.
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

/// ``isSame(_:_:)`` of projection data: of the clock at top level only that both or neither have it as an instant.
///
/// - Parameter clock: the member that holds the instant a row was computed at; `nil` where no row has one.
package func isSameData(_ a: JSONValue, _ b: JSONValue, clock: StaticString?) -> Bool {
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

/// The members of projection data but the clock, which is kept apart.
struct DataMembers {
  private var members: JSONValue.Members
  private let clock: StaticString
  private(set) var instant: JSONValue?

  init(_ data: JSONValue, _ clock: StaticString) {
    members = data.members
    self.clock = clock
  }

  mutating func next() -> (key: UnsafeRawBufferPointer, value: JSONValue)? {
    while let member = members.next() {
      if !member.key.equals(clock) { return member }
      instant = member.value
    }
    return nil
  }
}

/// Whether both are instants, whichever, or both are the same.
func isSameInstant(_ a: JSONValue?, _ b: JSONValue?) -> Bool {
  guard let a, let b else { return a == nil && b == nil }
  return isSame(a, b) || (a.instant != nil && b.instant != nil)
}

/// Equality of two values of which at least one is no container.
func isSameScalar(_ a: JSONValue, _ b: JSONValue) -> Bool {
  if a.isInteger, b.isInteger { return a.integer == b.integer }
  if a.isNumber, b.isNumber {
    if a.kind == .bigInteger, b.kind == .bigInteger { return a.text.equals(b.text) }
    // An integer within 64 bits is never one beyond them.
    if a.kind != .double, b.kind != .double { return false }
    guard let left = a.finiteDouble, let right = b.finiteDouble else { return false }
    return left == right
  }
  if a.isString, b.isString { return a.text.equals(b.text) }
  return a.kind == b.kind
}

extension JSONValue {
  /// The instant that the text says; `nil` for anything else.
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
