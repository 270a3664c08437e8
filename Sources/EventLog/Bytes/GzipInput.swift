import EventModel

/// The unpacked bytes of a gzip file with any number of consecutive members.
///
/// Checksum and length of each member are verified. Zero bytes after the last member (tape padding) are ignored.
final class GzipInput: UnpackedInput {
  let packed: PackedInput
  private let decoder: any GzipDecoder
  /// Whether a member has begun and not ended.
  private var insideMember = false
  /// Thrown once all bytes before it have been returned.
  private var failure: MalformedInput?

  /// - Parameter library: what unpacks; `nil`: the fastest that is there.
  init(_ packed: PackedInput, library: GzipLibrary? = nil) throws(MalformedInput) {
    self.packed = packed
    let libraries = library.map { [$0] } ?? GzipLibrary.allCases
    guard let decoder = libraries.lazy.compactMap({ $0.decoder() }).first else {
      throw MalformedInput(file: packed.file.path, reason: "not enough memory to unpack gzip")
    }
    self.decoder = decoder
  }

  /// Unpacks up to `buffer.count` bytes. Returns 0 only at the end.
  ///
  /// Throws if the file ends inside a member, if the data is damaged or a checksum is wrong, and if anything else
  /// follows a member.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int {
    while true {
      var more = false
      if failure == nil {
        do throws(MalformedInput) { more = try packed.refill() } catch { failure = error }
      }
      guard insideMember else {
        if let failure { throw failure }
        if !more { return 0 }
        try beginMember()
        continue
      }
      // Without more input too: the decoder may hold bytes.
      let written = unpack(into: buffer)
      if written > 0 { return written }
      if let failure { throw failure }
      if !more, insideMember {
        throw fault("the file ends in the middle of a gzip member: it was cut off; copy it again")
      }
    }
  }

  /// Begins a member, or skips zero padding.
  private func beginMember() throws(MalformedInput) {
    switch packed.rest[0] {
    case 0: packed.consume(packed.rest.prefix { $0 == 0 }.count)
    case 0x1F:
      decoder.begin()
      insideMember = true
    default: throw fault("something that is not gzip follows the end of a gzip member")
    }
  }

  private func unpack(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let step = decoder.unpack(packed.rest, into: buffer)
    packed.consume(step.taken)
    if step.ended { insideMember = false }
    switch step.fault {
    case nil: break
    case .noMemory: fail("not enough memory to unpack gzip")
    case .damaged(let detail):
      fail("damaged gzip data (\(detail)) near packed byte \(packed.file.bytesRead - packed.rest.count)")
    }
    return step.written
  }

  /// Ends the input after the bytes unpacked so far. The first failure counts.
  private func fail(_ reason: String) {
    insideMember = false
    if failure == nil { failure = fault(reason) }
  }

  private func fault(_ reason: String) -> MalformedInput { MalformedInput(file: packed.file.path, reason: reason) }
}
