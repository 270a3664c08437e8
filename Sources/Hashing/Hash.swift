import CHashing

/// A hash of bytes: SHA-256, SHA-1 or MD5. A copy goes on by itself. One thread at a time.
package protocol Hash: Sendable {
  /// The hash of no bytes.
  init()
  var state: refold_hash { get set }
  /// Bytes of a digest.
  static var digestBytes: Int { get }
}

extension Hash {
  /// Adds bytes. O(n).
  package mutating func update(bufferPointer bytes: UnsafeRawBufferPointer) {
    refold_hash_add(&state, bytes.baseAddress, bytes.count)
  }

  /// Adds bytes. O(n).
  package mutating func update(data: some Collection<UInt8>) {
    let isDone: Void? = data.withContiguousStorageIfAvailable { update(bufferPointer: UnsafeRawBufferPointer($0)) }
    if isDone == nil { Array(data).withUnsafeBytes { update(bufferPointer: $0) } }
  }

  /// The digest of the bytes so far. The hash may go on.
  package func finalize() -> Digest { Digest(refold_hash_end(state), count: Self.digestBytes) }

  /// The digest of bytes. O(n).
  package static func hash(data: some Collection<UInt8>) -> Digest {
    var hash = Self()
    hash.update(data: data)
    return hash.finalize()
  }
}

/// SHA-256 (FIPS 180-4): what refold's digests are.
package struct SHA256: Hash {
  package var state = refold_hash_begin(.sha256, hasSHA256Instructions)
  package static let digestBytes = 32
  package init() {}
}

/// SHA-1 (FIPS 180-4), for UUIDs of version 5 only.
package struct SHA1: Hash {
  package var state = refold_hash_begin(.sha1, hasSHA1Instructions)
  package static let digestBytes = 20
  package init() {}
}

/// MD5 (RFC 1321), for comparisons with what PostgreSQL's `md5` gives only.
package struct MD5: Hash {
  package var state = refold_hash_begin(.md5, false)
  package static let digestBytes = 16
  package init() {}
}

private let hasSHA256Instructions = refold_hash_has_instructions(.sha256)
private let hasSHA1Instructions = refold_hash_has_instructions(.sha1)
