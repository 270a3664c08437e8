import EventModel
import JSONTape

/// A place where two values differ. The values are borrowed.
package struct ValueDifference {
  package var path: ValuePath
  /// `nil` if the side has no such member or element.
  package var rebuilt: JSONValue?
  package var live: JSONValue?

  package init(path: ValuePath, rebuilt: JSONValue?, live: JSONValue?) {
    self.path = path
    self.rebuilt = rebuilt
    self.live = live
  }
}

/// Every place where the `data` of two projections differ, in jsonb order of keys. For the clock at top level, any two
/// instants count as the same.
///
/// - Parameter clock: the member with the instant at which a row was computed; `nil` if no row has one.
///
/// Arrays are compared element by element. O(size of both).
package func differences(of rebuilt: JSONValue, and live: JSONValue, clock: ConstantName?) -> [ValueDifference] {
  var walk = DifferenceWalk(clock: clock)
  walk.compare(rebuilt, live)
  return walk.found
}

private struct DifferenceWalk {
  var found: [ValueDifference] = []
  private let clock: ConstantName?
  private var path = ValuePath()

  init(clock: ConstantName?) { self.clock = clock }

  mutating func compare(_ a: JSONValue, _ b: JSONValue) {
    if a.kind == .object, b.kind == .object {
      compareObjects(a, b)
    } else if a.kind == .array, b.kind == .array {
      compareArrays(a, b)
    } else if !isSameScalar(a, b) {
      note(a, b)
    }
  }

  private mutating func compareObjects(_ a: JSONValue, _ b: JSONValue) {
    var left = a.members
    var right = b.members
    var one = left.next()
    var other = right.next()
    while one != nil || other != nil {
      let order = DifferenceWalk.order(one?.key, other?.key)
      let key = order <= 0 ? one!.key : other!.key
      let values = (order <= 0 ? one?.value : nil, order >= 0 ? other?.value : nil)
      if !(path.steps.isEmpty && isClock(key) && isSameInstant(values.0, values.1)) {
        visit(key, values.0, values.1)
      }
      if order <= 0 { one = left.next() }
      if order >= 0 { other = right.next() }
    }
  }

  private func isClock(_ key: UnsafeRawBufferPointer) -> Bool { clock.map { key.equals($0.utf8) } ?? false }

  private mutating func visit(_ key: UnsafeRawBufferPointer, _ a: JSONValue?, _ b: JSONValue?) {
    if let a, let b, isSame(a, b) { return }
    path.steps.append(.key(String(decoding: key, as: UTF8.self)))
    if let a, let b { compare(a, b) } else { note(a, b) }
    path.steps.removeLast()
  }

  private mutating func compareArrays(_ a: JSONValue, _ b: JSONValue) {
    var left = a.elements
    var right = b.elements
    var index = 0
    while true {
      let one = left.next()
      let other = right.next()
      if one == nil, other == nil { return }
      path.steps.append(.index(index))
      if let one, let other { compare(one, other) } else { note(one, other) }
      path.steps.removeLast()
      index += 1
    }
  }

  private mutating func note(_ a: JSONValue?, _ b: JSONValue?) {
    found.append(ValueDifference(path: path, rebuilt: a, live: b))
  }

  /// jsonb's order of keys; a side that has ended comes last.
  private static func order(_ a: UnsafeRawBufferPointer?, _ b: UnsafeRawBufferPointer?) -> Int {
    guard let a else { return 1 }
    guard let b else { return -1 }
    if a.count != b.count { return a.count < b.count ? -1 : 1 }
    return a.order(to: b)
  }
}
