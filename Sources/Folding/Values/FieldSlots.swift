import EventModel
import JSONTape

/// The fields of one `data` or `metadata` object. Looking up a field takes O(1).
///
/// Zero-copy: values stay where the event (or the session's expansion) keeps them.
public final class FieldSlots {
  @usableFromInline let values: UnsafeMutablePointer<JSONValue>
  /// The fields the object has.
  @inlinable @inline(__always)
  public var present: FieldSet { fields }
  @usableFromInline var fields = FieldSet()

  public init() {
    values = .allocate(capacity: Field.limit)
    values.initialize(repeating: .null, count: Field.limit)
  }

  deinit { values.deallocate() }

  /// Replaces the content by a section of an event's payload. O(fields).
  @inlinable @inline(__always)
  public func load(_ section: UnsafeRawBufferPointer) {
    var found = FieldSet()
    let values = values
    if var at = section.baseAddress {
      let end = at + section.count
      while at < end {
        let number = at.load(as: UInt8.self)
        let size = Int((at + 1).load(as: UInt8.self))
        let value = JSONValue(at + 2)
        values[Int(number)] = value
        found.insert(number)
        at = size != 0 ? value.base + size : value.end
      }
    }
    fields = found
  }

  /// Sets a field by its number (1…127); later ones win.
  @inlinable @inline(__always)
  public func set(_ number: UInt8, _ value: JSONValue) {
    values[Int(number)] = value
    fields.insert(number)
  }

  /// Copies the value of a field, which the object must have, to another field.
  @inlinable @inline(__always)
  public func copy(_ field: Field, to other: Field) { set(other.rawValue, values[Int(field.rawValue)]) }

  /// The field, `nil` when the object does not have it; an explicit null is a value.
  @inlinable @inline(__always)
  public subscript(field: Field) -> JSONValue? {
    fields.contains(field) ? values[Int(field.rawValue)] : nil
  }

  /// The field, null when the object does not have it.
  @inlinable @inline(__always)
  public func orNull(_ field: Field) -> JSONValue { self[field] ?? .null }
}
