import EventModel
import Folding
import JSONTape
import Platform

/// The coercions that the live reducers apply to untyped JSON. The contract's page on values defines them under the
/// same names.
extension JSONValue {
  /// number(v): a double, or `nil` for none. Throws for an integer beyond the range of a double.
  @inlinable @inline(__always)
  public func number() throws(Refusal) -> Double? {
    switch kind {
    case .smallInteger, .mediumInteger, .integer: return Double(integer)
    case .double: return double
    case .no: return 0
    case .yes: return 1
    case .shortString, .string: return PythonFloat.parse(text)
    case .bigInteger: return try bigNumber()
    case .null, .array, .object: return nil
    }
  }

  @usableFromInline func bigNumber() throws(Refusal) -> Double {
    let value = String(decoding: text, as: UTF8.self).withCString { strtod($0, nil) }
    if value.isInfinite { throw Refusal(.numberOverflow, "an integer beyond the range of a double") }
    return value
  }

  /// Python's truth of the value: null, false, 0, 0.0, "", [] and {} are falsy.
  @inlinable @inline(__always)
  public var isTruthy: Bool {
    switch kind {
    case .null, .no: false
    case .yes, .bigInteger: true
    case .smallInteger, .mediumInteger, .integer: integer != 0
    case .double: double != 0
    case .shortString, .string: !text.isEmpty
    case .array, .object: entryCount > 0
    }
  }

  /// text(v), Python's `str(v or "")`. Returns the bytes of a string where they are; other text is in the scratch.
  @inlinable @inline(__always)
  public func text(_ scratch: Scratch) -> UnsafeRawBufferPointer {
    if isString { return text }
    return isTruthy ? pythonText(scratch) : emptyText
  }

  /// Python's `str(v)`, also of falsy values.
  public func pythonText(_ scratch: Scratch) -> UnsafeRawBufferPointer {
    if isString { return text }
    if kind == .null { return UnsafeRawBufferPointer("None") }
    var bytes: [UInt8] = []
    appendPythonRepr(to: &bytes)
    return bytes.withUnsafeBytes { scratch.keep($0) }
  }

  /// text(v) without white space at either end.
  @inlinable @inline(__always)
  public func trimmed(_ scratch: Scratch) -> UnsafeRawBufferPointer { PythonText.strip(text(scratch)) }

  /// norm(v): text(v), trimmed and lower-cased.
  @inlinable @inline(__always)
  public func norm(_ scratch: Scratch) -> UnsafeRawBufferPointer {
    JSONValue.norm(of: text(scratch), scratch)
  }

  /// norm() of a text.
  public static func norm(of text: UnsafeRawBufferPointer, _ scratch: Scratch) -> UnsafeRawBufferPointer {
    if PythonText.isASCIILowerTrimmed(text) { return text }
    var bytes: [UInt8] = []
    PythonText.appendLower(PythonText.strip(text), to: &bytes)
    return bytes.withUnsafeBytes { scratch.keep($0) }
  }

  /// Appends Python's `repr(v)`, which quotes and escapes strings.
  private func appendPythonRepr(to bytes: inout [UInt8]) {
    switch kind {
    case .null: bytes.append(contentsOf: "None".utf8)
    case .no: bytes.append(contentsOf: "False".utf8)
    case .yes: bytes.append(contentsOf: "True".utf8)
    case .smallInteger, .mediumInteger, .integer: bytes.append(contentsOf: String(integer).utf8)
    case .double: PythonFloat.appendRepr(double, to: &bytes)
    case .bigInteger: bytes.append(contentsOf: text)
    case .shortString, .string: PythonText.appendRepr(text, to: &bytes)
    case .array:
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(contentsOf: ", ".utf8) }
        element.appendPythonRepr(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object:
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { bytes.append(contentsOf: ", ".utf8) }
        PythonText.appendRepr(member.key, to: &bytes)
        bytes.append(contentsOf: ": ".utf8)
        member.value.appendPythonRepr(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }
}

extension JSONValue {
  /// The member of that name; null if there is none.
  public func or(_ name: StaticString) -> JSONValue { member(name) ?? .null }

  /// Python's `self or other`.
  public func `else`(_ other: JSONValue) -> JSONValue { isTruthy ? self : other }
}
