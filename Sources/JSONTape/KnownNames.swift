import EventModel
import Synchronization

/// Names of nested members that the events of a domain have over and over, by number: a packed object keeps such a name as one
/// byte instead of its text.
///
/// A domain gives its names before the first of its events is read, so equal objects of its events are equal bytes. Numbers mean
/// nothing outside of the process. Thread-safe.
public enum KnownNames {
  /// The first number. Smaller bytes before a member are the tags of texts.
  @inlinable @inline(__always)
  public static var first: UInt8 { 32 }

  /// How many names there can be.
  public static let capacity = 256 - Int(first)

  /// Gives names their numbers; those that have one keep it.
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

  private static let store = Store()

  private final class Store: Sendable {
    struct Known: @unchecked Sendable {
      /// By number.
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
      table.initialize(to: FieldTable(names))
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

  /// The name with a number.
  public static func text(_ number: UInt8) -> UnsafeRawBufferPointer { store.texts[Int(number - first)] }
}
