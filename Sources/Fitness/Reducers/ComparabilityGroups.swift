import EventModel
import Folding
import PythonValues

/// The comparability groups of a user's observations. The text of a group is `field:value` of each non-empty field,
/// joined by `|`; it is the fallback if all fields are empty.
///
/// Most users have the same few groups, so the texts are kept for all users of a thread.
final class ComparabilityGroups {
  /// The fields that distinguish groups.
  typealias Fields = (first: Field, second: Field)

  /// The numbers of two terms, and the group that has them.
  private struct Pair: BitwiseCopyable {
    var first: UInt64
    var second: UInt64
    var group: Int

    /// A pair that no terms have.
    static var none: Pair { Pair(first: .max, second: .max, group: 0) }
  }

  private let fields: Fields
  private let fallback: StaticString
  // MARK: State

  /// The groups of all users. It is emptied when there are too many.
  private let index = TextIndex()
  private static let limit = 1024
  /// A cache of pairs. The index of a pair follows from its numbers.
  private let pairs: UnsafeMutableBufferPointer<Pair>
  /// The number of the last user of each group.
  private let lastUsers = PlainList<Int>()
  private var user = 0
  /// The groups of the current user.
  private let groups = PlainList<Int>()
  private let scratch = Scratch()

  init(_ fields: Fields, fallback: StaticString) {
    self.fields = fields
    self.fallback = fallback
    pairs = .allocate(capacity: 64)
    pairs.initialize(repeating: .none)
  }

  deinit { pairs.deallocate() }

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

  // MARK: Evolve

  /// Adds the row's group. O(1) if an earlier row had the same terms.
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

  /// Returns the row's group, for an observer.
  func text(of row: TrainingRow) -> UnsafeRawBufferPointer {
    scratch.reset()
    return text(row.term(fields.first).text, row.term(fields.second).text)
  }

  /// Returns the text of a group, which is valid until the scratch is reset.
  private func text(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    if first.isEmpty { return second.isEmpty ? UnsafeRawBufferPointer(fallback) : member(fields.second, second) }
    let head = member(fields.first, first)
    if second.isEmpty { return head }
    return scratch.joined(head, "|", member(fields.second, second))
  }

  private func member(_ field: Field, _ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    scratch.joined(field.name.utf8, ":", value)
  }

  // MARK: Rows

  /// The number of groups of the user.
  var count: Int { groups.count }

  /// The groups of the user, sorted by code point, which in UTF-8 is the order of bytes.
  var sorted: some Sequence<UnsafeRawBufferPointer> {
    var groups = groups.elements
    groups.sort { index[$0].lexicographicallyPrecedes(index[$1]) }
    return groups.lazy.map { [index] in index[$0] }
  }
}
