import CHashing

/// The bytes of a digest, in the order in which they are written as hex digits.
package struct Digest: RandomAccessCollection, Sendable {
  private let digest: refold_digest
  package let count: Int

  init(_ digest: refold_digest, count: Int) {
    self.digest = digest
    self.count = count
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { count }
  package subscript(index: Int) -> UInt8 { withUnsafeBytes { $0[index] } }

  package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try Swift.withUnsafeBytes(of: digest) { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
  }

  package func withContiguousStorageIfAvailable<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) rethrows -> Result? {
    try withUnsafeBytes { try body($0.assumingMemoryBound(to: UInt8.self)) }
  }
}
