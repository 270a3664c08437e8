import Comparing
import EventModel
import Folding
import JSONTape
import Reconciliation
import Reporting

/// Finds what differs between two rows of one projection, as an explanation shows it: without the clock, and with lists
/// as sets of elements unless their elements correspond.
///
/// Lists of numbers of one length are compared number by number. So are lists of objects of one length whose texts at
/// top level are equal in pairs. Of other lists, the elements that came and went are noted.
final class RowMoves {
  private let number: Int
  private let clock: ConstantName?
  private let status: ConstantName?
  private let drifts: [[String]]
  private let reported = ReportedFields(nil)
  /// Maximum number of values of a move, beside the numbers outside of lists, which are all kept.
  private static let limit = 100

  init(_ number: Int, of catalogue: Catalogue) {
    self.number = number
    let schema = catalogue.schema(of: number)
    clock = schema.clock
    status = schema.quality?.status
    let key = catalogue.names[number].key
    drifts = schema.drift.filter { $0.key == key }.map { $0.path.split(separator: ".").map(String.init) }
  }

  /// What differs between the projection's rows; `nil` if nothing does. O(size of both).
  func move(_ before: TypeRows, _ after: TypeRows) -> RowMove? {
    if before === after { return nil }
    let (old, new) = (before.row(number), after.row(number))
    let (was, becomes) = (before.outcome(number), after.outcome(number))
    if let old, let new, old.packed.elementsEqual(new.packed) { return nil }
    var walk = Walk(moves: self)
    // Without a row on either side, only the reason may differ.
    if old != nil || new != nil { withExtendedLifetime((before, after)) { walk.compare(old, new) } }
    let move = walk.move(from: was, to: becomes)
    return move.isEmpty ? nil : move
  }

  private func text(_ value: JSONValue) -> Foreign { Foreign(reported.text(value)) }

  private struct Walk {
    let moves: RowMoves
    private var path = ValuePath()
    private var listDepth = 0
    private var numbers: [ValueMove] = []
    private var listNumbers: [ValueMove] = []
    private var others: [ValueMove] = []
    private var elements: [ValueMove] = []
    private var status: ValueMove?

    init(moves: RowMoves) { self.moves = moves }

    func move(from before: RowMove.Outcome, to after: RowMove.Outcome) -> RowMove {
      let rest = listNumbers + others + elements
      let state = status.map { [$0] } ?? []
      return RowMove(
        before: before, after: after, values: state + numbers + rest.prefix(RowMoves.limit),
        valueCount: state.count + numbers.count + rest.count)
    }

    mutating func compare(_ a: JSONValue?, _ b: JSONValue?) {
      if let a, let b, isSame(a, b) { return }
      if a?.kind == .object || b?.kind == .object {
        compareMembers(a, b)
      } else if a?.kind == .array || b?.kind == .array {
        compareElements(a, b)
      } else {
        note(a, b)
      }
    }

    /// Either may be no object: then each member of the other came or went.
    private mutating func compareMembers(_ a: JSONValue?, _ b: JSONValue?) {
      var left = Members(a)
      var right = Members(b)
      if left.isEmpty, right.isEmpty { return note(a, b) }
      while left.next != nil || right.next != nil {
        let order = Members.order(left.next?.key, right.next?.key)
        let values = (order <= 0 ? left.next?.value : nil, order >= 0 ? right.next?.value : nil)
        guard let key = order <= 0 ? left.next?.key : right.next?.key else { return }
        path.steps.append(.key(String(decoding: key, as: UTF8.self)))
        if !isLeftOut { compare(values.0, values.1) }
        path.steps.removeLast()
        if order <= 0 { left.advance() }
        if order >= 0 { right.advance() }
      }
    }

    private mutating func compareElements(_ a: JSONValue?, _ b: JSONValue?) {
      let old = a.map { $0.kind == .array ? Array($0.elements) : [] } ?? []
      let new = b.map { $0.kind == .array ? Array($0.elements) : [] } ?? []
      if old.isEmpty, new.isEmpty { return note(a, b) }
      listDepth += 1
      defer { listDepth -= 1 }
      if Walk.correspond(old, new) {
        for place in 0..<max(old.count, new.count) {
          path.steps.append(.index(place))
          compare(place < old.count ? old[place] : nil, place < new.count ? new[place] : nil)
          path.steps.removeLast()
        }
        return
      }
      for gone in Walk.only(old, notIn: new) { noteElement(gone, nil) }
      for come in Walk.only(new, notIn: old) { noteElement(nil, come) }
    }

    /// Whether elements at the same place are about the same thing.
    private static func correspond(_ a: [JSONValue], _ b: [JSONValue]) -> Bool {
      func isNumber(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .null, .smallInteger, .mediumInteger, .integer, .double, .bigInteger: true
        case .no, .yes, .shortString, .string, .array, .object: false
        }
      }
      if (a + b).allSatisfy(isNumber) { return a.isEmpty || b.isEmpty || a.count == b.count }
      guard a.count == b.count, (a + b).allSatisfy({ $0.kind == .object }) else { return false }
      return zip(a, b).allSatisfy { one, other in
        let texts = [one, other].map { value in
          value.members.filter { $0.value.isString }.map { [Array($0.key), Array($0.value.text)] }
        }
        return texts[0] == texts[1]
      }
    }

    /// The elements of `a` that `b` does not have as often.
    private static func only(_ a: [JSONValue], notIn b: [JSONValue]) -> [JSONValue] {
      var counts: [[UInt8]: Int] = [:]
      for value in b { counts[Array(value.packed), default: 0] += 1 }
      return a.filter { value in
        let key = Array(value.packed)
        guard let left = counts[key], left > 0 else { return true }
        counts[key] = left - 1
        return false
      }
    }

    /// Whether the current path is the clock, or a value that depends on clock readings.
    private var isLeftOut: Bool {
      guard listDepth == 0 else { return false }
      let keys = path.steps.compactMap { if case .key(let key) = $0 { key } else { nil } }
      return keys == moves.clock.map { [$0.description] } || moves.drifts.contains(keys)
    }

    private mutating func note(_ a: JSONValue?, _ b: JSONValue?) {
      let move = ValueMove(
        path: Foreign(path.text), before: a.map(moves.text), after: b.map(moves.text),
        isInList: listDepth > 0)
      if let name = moves.status, path.steps == [.key(name.description)] {
        status = move
      } else if !move.isNumeric {
        others.append(move)
      } else if listDepth > 0 {
        listNumbers.append(move)
      } else {
        numbers.append(move)
      }
    }

    private mutating func noteElement(_ a: JSONValue?, _ b: JSONValue?) {
      elements.append(
        ValueMove(
          path: Foreign(path.text), before: a.map(moves.text), after: b.map(moves.text),
          isElement: true, isInList: true))
    }
  }

  /// The members of a value, one at a time; none if it is no object.
  private struct Members {
    private let all: [(key: UnsafeRawBufferPointer, value: JSONValue)]
    private var place = 0

    init(_ value: JSONValue?) {
      guard let value, value.kind == .object else {
        all = []
        return
      }
      all = Array(value.members)
    }

    var isEmpty: Bool { all.isEmpty }
    /// `nil` after the last.
    var next: (key: UnsafeRawBufferPointer, value: JSONValue)? { place < all.count ? all[place] : nil }

    mutating func advance() { place += 1 }

    /// jsonb's order of keys; a side that has ended comes last.
    static func order(_ a: UnsafeRawBufferPointer?, _ b: UnsafeRawBufferPointer?) -> Int {
      guard let a else { return 1 }
      guard let b else { return -1 }
      if a.count != b.count { return a.count < b.count ? -1 : 1 }
      return a.order(to: b)
    }
  }
}
