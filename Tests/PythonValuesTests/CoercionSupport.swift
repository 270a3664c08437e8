import Folding

@testable import PythonValues

/// Calls `body` with the UTF-8 of `text`.
func withBytes<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
  var copy = text
  return copy.withUTF8 { body(UnsafeRawBufferPointer($0)) }
}

/// What `body` appends to bytes that already hold something, as text; checks that it leaves them.
func appended(_ body: (inout [UInt8]) -> Void) -> String {
  var bytes = Array("kept".utf8)
  body(&bytes)
  let text = String(decoding: bytes, as: UTF8.self)
  return text.hasPrefix("kept") ? String(text.dropFirst(4)) : "(prefix lost)"
}

/// Equality of bytes: Swift's `==` on strings takes canonically equivalent ones for equal.
func sameBytes(_ a: String, _ b: String) -> Bool { Array(a.utf8) == Array(b.utf8) }

/// Equality that tells -0.0 from 0.0 and takes every NaN for the same.
func same(_ a: Double?, _ b: Double?) -> Bool {
  guard let a, let b else { return a == nil && b == nil }
  return a.isNaN ? b.isNaN : a.bitPattern == b.bitPattern
}
