import EventModel
import JSONTape

extension CanonicalWriter {
  /// Writes a list: one value for each element.
  @inlinable @inline(__always)
  public mutating func list<Elements: Sequence>(
    _ elements: Elements, _ write: (Elements.Element, inout CanonicalWriter) -> Void
  ) {
    beginArray()
    for element in elements { write(element, &self) }
    endArray()
  }

  /// Writes a list of the values that `write` writes.
  @inlinable @inline(__always)
  public mutating func list(_ write: (inout CanonicalWriter) -> Void) {
    beginArray()
    write(&self)
    endArray()
  }

  /// Writes an object whose keys are known only when it is written. The keys must differ. O(n log n).
  ///
  /// - Parameter write: writes the value of the key at that index of `keys`.
  public mutating func object(
    keys: [UnsafeRawBufferPointer], _ write: (Int, inout CanonicalWriter) -> Void
  ) {
    beginObject()
    for place in keys.indices.sorted(by: { precedesInUTF16(keys[$0], keys[$1]) }) {
      key(keys[place])
      write(place, &self)
    }
    endObject()
  }

  /// Writes an instant, or null.
  public mutating func instantOrNull(_ instant: Instant?) {
    if let instant { self.instant(instant) } else { null() }
  }

  /// Writes a number, or null.
  public mutating func doubleOrNull(_ value: Double?) {
    if let value { double(value) } else { null() }
  }
}

/// A JSON value that is rendered once and copied into many rows.
public final class RenderedValue {
  private let output = ByteArena(capacity: 64)

  public init() {}

  public convenience init(_ write: (inout CanonicalWriter) -> Void) {
    self.init()
    render(write)
  }

  /// Replaces the value.
  public func render(_ write: (inout CanonicalWriter) -> Void) {
    output.count = 0
    var json = CanonicalWriter(output: output)
    write(&json)
  }

  /// Valid until the value is replaced.
  public var bytes: UnsafeRawBufferPointer { output.bytes }
}
