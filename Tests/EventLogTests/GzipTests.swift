import CZlib
import EventLog
import EventModel
import Platform
import Testing

/// What the libraries that unpack gzip make of members of every kind; both must make the same of them.
@Suite struct GzipTests {
  let directory = ScratchDirectory()
  static let text = Array("{\"id\":\"1\",\"note\":\"one one one one\"}\n".utf8)

  /// The unpacked bytes, read in pieces of `step`, and why the reading stopped.
  private func drain(_ path: String, step: Int, _ library: GzipLibrary) -> (bytes: [UInt8], reason: String?) {
    var bytes: [UInt8] = []
    do throws(MalformedInput) {
      let source = try ByteSource(path: path, gzip: library)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: step, alignment: 8)
      defer { buffer.deallocate() }
      while case let count = try source.read(into: buffer), count > 0 { bytes += buffer[..<count] }
      return (bytes, nil)
    } catch {
      return (bytes, error.reason)
    }
  }

  private func drain(_ packed: [UInt8], step: Int = 1000, _ library: GzipLibrary) -> (bytes: [UInt8], reason: String?) {
    drain(directory.write("input", packed), step: step, library)
  }

  /// A member with the fields of its header that are named by bits: 1 text, 2 checksum of the header, 4 extra, 8 name,
  /// 16 comment.
  private func member(_ bytes: [UInt8], flags: UInt8) -> [UInt8] {
    var header: [UInt8] = [0x1F, 0x8B, 8, flags, 1, 2, 3, 4, 0, 3]
    if flags & 4 != 0 { header += [5, 0] + Array("extra".utf8) }
    if flags & 8 != 0 { header += Array("events.ndjson".utf8) + [0] }
    if flags & 16 != 0 { header += Array("a comment".utf8) + [0] }
    if flags & 2 != 0 {
      let sum = crc32(0, header, UInt32(header.count))
      header += [UInt8(sum & 0xFF), UInt8(sum >> 8 & 0xFF)]
    }
    return header + gzip(bytes).dropFirst(10)
  }

  @Test func theFastLibraryIsHere() {
    // .ci/setup installs it.
    #expect(GzipLibrary.isal.isThere && GzipLibrary.zlib.isThere)
  }

  @Test(arguments: GzipLibrary.allCases)
  func everyHeaderIsRead(library: GzipLibrary) {
    for flags in UInt8(0)..<32 {
      let packed =
        member(Self.text, flags: flags) + member([], flags: flags) + member(Self.text, flags: flags) + [0, 0]
      let (bytes, reason) = drain(packed, library)
      #expect(bytes == Self.text + Self.text && reason == nil, "flags \(flags): \(reason ?? "")")
    }
    #expect(drain(member(Self.text, flags: 32), library).reason?.hasPrefix("damaged gzip data (unknown header") == true)
    var method = gzip(Self.text)
    method[2] = 7
    #expect(drain(method, library).reason?.hasPrefix("damaged gzip data (unknown compression method)") == true)
    var sum = member(Self.text, flags: 2)
    sum[10] ^= 1
    #expect(drain(sum, library).reason?.hasPrefix("damaged gzip data (header crc mismatch)") == true)
    #expect(
      drain(gzip(Self.text) + [0x1F, 0x8C] + Self.text, library).reason?
        .hasPrefix("damaged gzip data (incorrect header check)") == true)
  }

  /// Each cut and each damaged byte, with the bytes of a whole member before.
  @Test(arguments: GzipLibrary.allCases)
  func everyCutAndEveryWrongByteIsTold(library: GzipLibrary) {
    let whole = member(Self.text, flags: 30)
    for length in 1..<whole.count {
      let (bytes, reason) = drain(whole + whole[..<length], library)
      #expect(bytes.starts(with: Self.text))
      #expect(
        reason == "the file ends in the middle of a gzip member: it was cut off; copy it again", "cut to \(length)")
    }
    // Time, system and flags of a header are not covered by a checksum unless it has one.
    for place in whole.indices {
      var wrong = whole
      wrong[place] ^= 0x10
      let (bytes, reason) = drain(whole + wrong, library)
      #expect(bytes.starts(with: Self.text) && reason != nil, "byte \(place)")
    }
    for place in whole.count - 8..<whole.count {
      var wrong = whole
      wrong[place] ^= 1
      let (bytes, reason) = drain(wrong + whole, library)
      #expect(bytes == Self.text && reason?.hasPrefix("damaged gzip data (incorrect ") == true, "byte \(place)")
    }
  }

  @Test(arguments: GzipLibrary.allCases)
  func whatFollowsAMemberIsTold(library: GzipLibrary) {
    #expect(drain(gzip(Self.text) + [0, 0, 0], library).reason == nil)
    for rest in [Array("x".utf8), [0, 0, 7]] {
      let (bytes, reason) = drain(gzip(Self.text) + rest, library)
      #expect(bytes == Self.text && reason == "something that is not gzip follows the end of a gzip member")
    }
    #expect(drain([0x1F], library).bytes == [0x1F])
  }

  /// Long files cross blocks, of packed and of unpacked bytes, at every offset; incompressible and very compressible ones.
  @Test(arguments: GzipLibrary.allCases, [1 << 12, 100_003, 1 << 20])
  func longMembersAreWhole(library: GzipLibrary, step: Int) {
    var numbers = Seeded(state: 7)
    let noise = (0..<1_500_000).map { _ in UInt8(truncatingIfNeeded: numbers.next()) }
    let lines = Array((0..<200_000).map { "{\"id\":\($0),\"x\":\($0 % 1000)}\n" }.joined().utf8)
    let zeros = [UInt8](repeating: 0x20, count: 9_000_000)
    let members = [lines, noise, zeros, [], Self.text, noise, lines]
    let (bytes, reason) = drain(members.flatMap { gzip($0) } + [0], step: step, library)
    #expect(bytes == members.flatMap { $0 } && reason == nil)

    var damaged = gzip(lines) + gzip(noise)
    damaged[damaged.count - 20] ^= 1
    let (rest, message) = drain(damaged, step: step, library)
    #expect(rest.starts(with: lines) && rest.count >= lines.count + noise.count - 64)
    #expect(message?.hasPrefix("damaged gzip data (") == true)
    let (most, cut) = drain(gzip(lines) + gzip(noise).dropLast(9), step: step, library)
    #expect(most.starts(with: lines) && most.count >= lines.count + noise.count - 64)
    #expect(cut == "the file ends in the middle of a gzip member: it was cut off; copy it again")
  }

  @Test(arguments: GzipLibrary.allCases)
  func aPipeMayGiveOneByteAtATime(library: GzipLibrary) throws {
    let packed = member(Self.text, flags: 30) + gzip([]) + member(Self.text, flags: 2) + [0]
    let pipe = try NamedPipe(directory.path + "/pipe")
    let writer = pipe.write(packed, piece: 1)
    let (bytes, reason) = drain(pipe.path, step: 1000, library)
    writer()
    #expect(bytes == Self.text + Self.text && reason == nil)
  }
}
