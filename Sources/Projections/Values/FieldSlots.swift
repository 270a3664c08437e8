import EventModel
import JSONTape

/// The fields of one `data` or `metadata` object, each found in one step.
///
/// Zero-copy: values stay where the event (or the session's expansion) keeps them.
public final class FieldSlots {
  private let values: UnsafeMutablePointer<JSONValue>
  /// The fields the object has.
  public private(set) var present = FieldSet()

  public init() {
    values = .allocate(capacity: Field.limit)
    values.initialize(repeating: .null, count: Field.limit)
  }

  deinit { values.deallocate() }

  /// Replaces the content by a section of an event's payload. O(fields).
  @inline(__always)
  public func load(_ section: UnsafeRawBufferPointer) {
    var present = FieldSet()
    let values = values
    if var at = section.baseAddress {
      let end = at + section.count
      while at < end {
        let number = at.load(as: UInt8.self)
        let size = Int((at + 1).load(as: UInt8.self))
        let value = JSONValue(at + 2)
        values[Int(number)] = value
        present.insert(number)
        at = size != 0 ? value.base + size : value.end
      }
    }
    self.present = present
  }

  /// Sets a field by its number (1…127); later ones win.
  @inline(__always)
  public func set(_ number: UInt8, _ value: JSONValue) {
    values[Int(number)] = value
    present.insert(number)
  }

  /// Gives another field the value of one that the object has.
  @inline(__always)
  public func copy(_ field: Field, to other: Field) { set(other.rawValue, values[Int(field.rawValue)]) }

  /// The field, `nil` when the object does not have it; an explicit null is a value.
  @inline(__always)
  public subscript(field: Field) -> JSONValue? {
    present.contains(field) ? values[Int(field.rawValue)] : nil
  }

  /// The field, null when the object does not have it.
  @inline(__always)
  public func orNull(_ field: Field) -> JSONValue { self[field] ?? .null }
}
