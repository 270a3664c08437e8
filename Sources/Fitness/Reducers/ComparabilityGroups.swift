import EventModel
import Projections
import PythonValues

/// The comparability groups of a user's observations: `field:value` of each non-empty field, joined by `|`, the
/// fallback when all are empty.
///
/// Users name the same few groups over and over, so their texts are made once for all users of a thread.
final class ComparabilityGroups {
  /// The fields that tell groups apart.
  typealias Fields = (first: Field, second: Field)

  /// A pair of terms, by their numbers, and the group they name.
  private struct Pair: BitwiseCopyable {
    var first: UInt64
    var second: UInt64
    var group: Int

    /// No term has these numbers.
    static var none: Pair { Pair(first: .max, second: .max, group: 0) }
  }

  private let fields: Fields
  private let fallback: StaticString
  /// The groups of all users, until there are too many.
  private let index = TextIndex()
  private static let limit = 1024
  /// Pairs of terms that were met lately, each in the one place it can have.
  private let pairs: UnsafeMutableBufferPointer<Pair>
  /// Of each group the last user that had it, by the user's number.
  private let lastUsers = PlainList<Int>()
  private var user = 0
  /// The user's groups.
  private let groups = PlainList<Int>()
  private let scratch = Scratch()

  init(_ fields: Fields, fallback: StaticString) {
    self.fields = fields
    self.fallback = fallback
    pairs = .allocate(capacity: 64)
    pairs.initialize(repeating: .none)
  }

  deinit { pairs.deallocate() }

  /// How many the user has.
  var count: Int { groups.count }

  /// The user's, by code point, which in UTF-8 is by byte.
  var sorted: some Sequence<UnsafeRawBufferPointer> {
    var groups = groups.elements
    groups.sort { index[$0].lexicographicallyPrecedes(index[$1]) }
    return groups.lazy.map { [index] in index[$0] }
  }

  /// Begins a user.
  func begin() {
    groups.removeAll()
    user += 1
    if index.count > ComparabilityGroups.limit { forget() }
  }

  private func forget() {
    index.removeAll()
    lastUsers.removeAll()
    pairs.update(repeating: .none)
  }

  /// Adds the row's group. O(1) when rows before named the same terms.
  @inline(__always)
  func insert(_ row: TrainingRow) {
    let (first, second) = (row.term(fields.first), row.term(fields.second))
    let place = pairs.baseAddress! + Int(truncatingIfNeeded: (first.number &* 7 &+ second.number) & 63)
    if place.pointee.first != first.number || place.pointee.second != second.number {
      place.pointee = Pair(first: first.number, second: second.number, group: find(first, second))
    }
    let group = place.pointee.group
    if lastUsers[group] == user { return }
    lastUsers[group] = user
    groups.append(group)
  }

  @inline(never)
  private func find(_ first: Term, _ second: Term) -> Int {
    scratch.reset()
    let (group, isNew) = index.insert(text(first.text, second.text))
    if isNew { lastUsers.append(0) }
    return group
  }

  /// The row's group, for an observer.
  func text(of row: TrainingRow) -> UnsafeRawBufferPointer {
    scratch.reset()
    return text(row.term(fields.first).text, row.term(fields.second).text)
  }

  /// Kept by the scratch.
  private func text(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    if first.isEmpty { return second.isEmpty ? UnsafeRawBufferPointer(fallback) : member(fields.second, second) }
    let head = member(fields.first, first)
    if second.isEmpty { return head }
    return scratch.joined(head, "|", member(fields.second, second))
  }

  private func member(_ field: Field, _ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    scratch.joined(UnsafeRawBufferPointer(field.name), ":", value)
  }
}
