import EventModel
import Hashing

extension UUID128 {
  /// RFC 9562 name-based UUID: the SHA-1 of the namespace's 16 bytes and the name, cut to 128 bits and stamped with
  /// version 5 and the variant. The same name always gives the same id. O(name).
  package static func version5(namespace: UUID128, name: UnsafeRawBufferPointer) -> UUID128 {
    var hasher = SHA1()
    withUnsafeBytes(of: (namespace.high.bigEndian, namespace.low.bigEndian)) { hasher.update(bufferPointer: $0) }
    hasher.update(bufferPointer: name)
    return hasher.finalize().withUnsafeBytes { digest in
      let high = UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
      let low = UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      return UUID128(
        high: high & 0xFFFF_FFFF_FFFF_0FFF | 0x5000,
        low: low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }
  }

  /// The same, for the UTF-8 of a string.
  package static func version5(namespace: UUID128, name: String) -> UUID128 {
    var name = name
    return name.withUTF8 { version5(namespace: namespace, name: UnsafeRawBufferPointer($0)) }
  }

  /// RFC 9562's namespace for URLs and URNs, `6ba7b811-9dad-11d1-80b4-00c04fd430c8`.
  package static let urlNamespace = UUID128(high: 0x6BA7_B811_9DAD_11D1, low: 0x80B4_00C0_4FD4_30C8)

  /// The namespace of projection row ids: version 5 of `urn:refold:projections` in ``urlNamespace``.
  ///
  /// A row's name in it is `user_id/projection_type/key`; a type never holds a slash, so no two rows have the same
  /// name.
  package static let projectionNamespace = version5(namespace: urlNamespace, name: "urn:refold:projections")
}
