import EventModel
import Synchronization

/// Numbers for the names of nested members that are frequent in the events of a domain. A packed object stores such a
/// name as one byte instead of its text.
///
/// A domain registers its names before its first event is read, so equal objects in its events have equal bytes.
/// Numbers mean nothing outside of the process. Thread-safe.
public enum KnownNames {
  /// The first number. Smaller bytes before a member are the tags of texts.
  @inlinable @inline(__always)
  public static var first: UInt8 { 32 }

  /// The maximum number of names.
  public static let capacity = 256 - Int(first)

  /// Gives numbers to names. A name that already has a number keeps it.
  ///
  /// - Precondition: there are at most ``capacity`` in the process.
  public static func add(_ names: [StaticString]) {
    store.known.withLock { known in
      let new = names.filter { name in number(of: name) == 0 }
      if new.isEmpty { return }
      precondition(known.names.count + new.count <= capacity, "more member names than numbers")
      for (place, name) in new.enumerated() {
        (store.texts + known.names.count + place).initialize(
          to: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
      }
      known.names += new
      // Readers may still use the former tables, so all of them stay.
      let table = Store.table(of: known.names)
      known.tables.append(table)
      store.table.store(table, ordering: .releasing)
    }
  }

  /// All names, by number.
  public static var all: [String] { store.known.withLock { $0.names.map(\.description) } }

  private static let store = Store()

  private final class Store: Sendable {
    struct Known: @unchecked Sendable {
      /// In the order of their numbers.
      var names: [StaticString] = []
      var tables: [UnsafeMutablePointer<FieldTable>] = []
    }

    let known: Mutex<Known>
    /// Names by number, from ``first`` on.
    nonisolated(unsafe) let texts = UnsafeMutablePointer<UnsafeRawBufferPointer>.allocate(capacity: capacity)
    /// The table of all names, replaced whenever names are added.
    nonisolated(unsafe) let table: Atomic<UnsafeMutablePointer<FieldTable>>

    init() {
      let empty = Store.table(of: [])
      known = Mutex(Known(tables: [empty]))
      table = Atomic(empty)
    }

    static func table(of names: [StaticString]) -> UnsafeMutablePointer<FieldTable> {
      let table = UnsafeMutablePointer<FieldTable>.allocate(capacity: 1)
      table.initialize(to: FieldTable(names.map { ConstantName($0) }))
      return table
    }
  }

  /// The number of a name, 0 if it has none. O(1).
  public static func number(of name: UnsafeRawBufferPointer) -> UInt8 {
    number(of: name, hash: FieldTable.hash(of: name))
  }

  /// The same for a literal.
  public static func number(of name: StaticString) -> UInt8 {
    number(of: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
  }

  /// The same for a name whose ``FieldTable/hash(of:)`` is known.
  static func number(of name: UnsafeRawBufferPointer, hash: ContentHash) -> UInt8 {
    let index = store.table.load(ordering: .acquiring).pointee.index(of: name, hash: hash)
    return index == 0 ? 0 : index + (first - 1)
  }

  /// The name with that number.
  public static func text(_ number: UInt8) -> UnsafeRawBufferPointer { store.texts[Int(number - first)] }
}
