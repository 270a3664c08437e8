import Folding

@testable import PythonValues

/// Calls `body` with the UTF-8 of `text`.
func withBytes<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
  var copy = text
  return copy.withUTF8 { body(UnsafeRawBufferPointer($0)) }
}

/// The text that `body` appends to bytes that are not empty, or an error text if it changes their beginning.
func appended(_ body: (inout [UInt8]) -> Void) -> String {
  var bytes = Array("kept".utf8)
  body(&bytes)
  let text = String(decoding: bytes, as: UTF8.self)
  return text.hasPrefix("kept") ? String(text.dropFirst(4)) : "(prefix lost)"
}

/// Whether the bytes are equal. Swift's `==` regards canonically equivalent strings as equal.
func sameBytes(_ a: String, _ b: String) -> Bool { Array(a.utf8) == Array(b.utf8) }

/// Whether the values are equal. This tells -0.0 from 0.0 and regards all NaNs as equal.
func same(_ a: Double?, _ b: Double?) -> Bool {
  guard let a, let b else { return a == nil && b == nil }
  return a.isNaN ? b.isNaN : a.bitPattern == b.bitPattern
}
