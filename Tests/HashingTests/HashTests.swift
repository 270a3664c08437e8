import CHashing
import Hashing
import ProcessSupport
import Testing

@Suite("hashes")
struct HashTests {
  /// From FIPS 180-4's examples (NIST, "SHA1", "SHA256") and RFC 1321, A.5: MD5, SHA-1, SHA-256.
  static let vectors: [(text: String, digests: [String])] = [
    (
      "",
      [
        "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      ]
    ),
    (
      "abc",
      [
        "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      ]
    ),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      [
        "8215ef0796a20bcaaae116d3876c664a", "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
      ]
    ),
    (
      String(repeating: "a", count: 1_000_000),
      [
        "7707d6ae4e027c70eea2a935c2296f21", "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
      ]
    ),
  ]

  @Test("the standards' examples", arguments: vectors.indices)
  func examples(index: Int) {
    let (text, digests) = HashTests.vectors[index]
    #expect(hex(MD5.hash(data: Array(text.utf8))) == digests[0])
    #expect(hex(SHA1.hash(data: Array(text.utf8))) == digests[1])
    #expect(hex(SHA256.hash(data: text.utf8)) == digests[2])
  }

  /// Coreutils' programs have code of their own.
  @Test("every length around the blocks gives what md5sum, sha1sum and sha256sum give, with and without instructions")
  func lengths() throws {
    let folder = try ScratchFolder()
    let counts = Array(0...200) + [4_095, 4_096, 4_097, 100_000]
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 131 + $0 >> 7) }
    for count in counts { try folder.write("\(count)", bytes.prefix(count)) }
    let files = counts.map { folder.file("\($0)") }
    for (program, function) in [
      ("md5sum", refold_hash_function.md5), ("sha1sum", .sha1), ("sha256sum", .sha256),
    ] {
      let finished = try run("/usr/bin/env", [program] + files)
      let expected = finished.output.split(separator: "\n").map { String($0.prefix { $0 != " " }) }
      try #require(expected.count == counts.count)
      for isFast in [false, true] where !isFast || refold_hash_has_instructions(function) {
        let digests = counts.map { count in
          var hash = refold_hash_begin(function, isFast)
          bytes.withUnsafeBytes { refold_hash_add(&hash, $0.baseAddress, count) }
          return withUnsafeBytes(of: refold_hash_end(hash)) { hex($0.prefix(expected[0].count / 2)) }
        }
        #expect(digests == expected, "\(program), fast: \(isFast)")
      }
    }
  }

  @Test("bytes may come in any pieces; a copy goes on by itself", arguments: [1, 2, 3] as [UInt64])
  func pieces(seed: UInt64) {
    var state = seed
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let bytes = (0..<5_000).map { _ in UInt8(random(256)) }
    var hash = SHA256()
    var done = 0
    while done < bytes.count {
      let next = min(bytes.count, done + random(200))
      hash.update(data: bytes[done..<next])
      done = next
      #expect(Array(hash.finalize()) == Array(SHA256.hash(data: bytes[..<done])))
    }
    var copy = hash
    copy.update(data: [1])
    #expect(Array(hash.finalize()) == Array(SHA256.hash(data: bytes)))
    #expect(Array(copy.finalize()) == Array(SHA256.hash(data: bytes + [1])))
    // A collection without storage in one piece.
    #expect(Array(SHA256.hash(data: bytes.lazy.map { $0 ^ 1 })) == Array(SHA256.hash(data: bytes.map { $0 ^ 1 })))
  }

  private func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
