import Platform

/// Sorts lines by key on disk, in bounded memory.
///
/// The range of keys is divided into ``buckets`` equal parts. A line goes to the block of its bucket. Full blocks are
/// written one after another to a temporary file that no longer has a name. In the end each bucket is read back from
/// its blocks and sorted on its own. Equal keys keep the order in which they came.
///
/// Memory: the blocks (64 MiB) and the largest bucket, which is a few MiB for 5.6 GB.
struct LineSorter: ~Copyable {
  private static let bucketBits = 11
  private static var buckets: Int { 1 << bucketBits }
  private static let blockSize = 32 << 10
  /// A record is the key (8 bytes), the length of the line (4 bytes) and the line.
  private static let headerSize = 12

  private struct Block {
    var offset: Int
    var length: Int
  }
  private struct Entry {
    var key: UInt64
    var offset: Int32
    var length: Int32
  }

  private let file: Int32
  private var fileSize = 0
  private let blocks: UnsafeMutableRawPointer
  private let used: UnsafeMutablePointer<Int>
  private var written: [[Block]]
  private let shift: UInt64

  /// A sorter of lines with keys from 0 to `largestKey`.
  init(largestKey: UInt64) throws(GenerateFailure) {
    let significant = UInt64(64 - largestKey.leadingZeroBitCount)
    shift = significant > LineSorter.bucketBits ? significant - UInt64(LineSorter.bucketBits) : 0
    file = try openUnnamedFile()
    blocks = .allocate(byteCount: LineSorter.buckets * LineSorter.blockSize, alignment: 4096)
    used = .allocate(capacity: LineSorter.buckets)
    used.initialize(repeating: 0, count: LineSorter.buckets)
    written = Array(repeating: [], count: LineSorter.buckets)
  }

  deinit {
    close(file)
    blocks.deallocate()
    used.deallocate()
  }

  /// Appends a line, which must be much shorter than a block.
  mutating func append(_ line: UnsafeRawBufferPointer, key: UInt64) throws(GenerateFailure) {
    let bucket = min(Int(truncatingIfNeeded: key >> shift), LineSorter.buckets - 1)
    let size = LineSorter.headerSize + line.count
    if used[bucket] + size > LineSorter.blockSize { try writeBlock(bucket) }
    guard let start = line.baseAddress else { return }
    let record = blocks + (bucket * LineSorter.blockSize + used[bucket])
    record.storeBytes(of: key, as: UInt64.self)
    record.storeBytes(of: Int32(line.count), toByteOffset: 8, as: Int32.self)
    (record + LineSorter.headerSize).copyMemory(from: start, byteCount: line.count)
    used[bucket] += size
  }

  private mutating func writeBlock(_ bucket: Int) throws(GenerateFailure) {
    let bytes = UnsafeRawBufferPointer(start: blocks + bucket * LineSorter.blockSize, count: used[bucket])
    do {
      try writeAll(bytes, to: file)
    } catch .system(_, let code) {
      throw .system("cannot write a temporary file in \(temporaryDirectory)", code)
    } catch { throw error }
    written[bucket].append(Block(offset: fileSize, length: bytes.count))
    fileSize += bytes.count
    used[bucket] = 0
  }

  /// Writes all lines to the sink, in the order of their keys.
  mutating func drain(into sink: inout ByteSink) throws(GenerateFailure) {
    var bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { bytes.deallocate() }
    var entries: [Entry] = []
    for bucket in 0..<LineSorter.buckets {
      let size = written[bucket].reduce(used[bucket]) { $0 + $1.length }
      guard size <= Int(Int32.max) else { throw .tooDense }
      if size > bytes.count {
        bytes.deallocate()
        bytes = .allocate(byteCount: size + size / 4, alignment: 16)
      }
      guard let start = bytes.baseAddress else { return }
      try load(bucket, into: start)
      LineSorter.index(UnsafeRawBufferPointer(start: start, count: size), into: &entries)
      // Keys may be equal; offsets never are.
      entries.sort { $0.key == $1.key ? $0.offset < $1.offset : $0.key < $1.key }
      for entry in entries {
        try sink.append(UnsafeRawBufferPointer(start: start + Int(entry.offset), count: Int(entry.length)))
      }
    }
  }

  /// Reads a bucket back: the blocks written, then what is still in memory.
  private func load(_ bucket: Int, into start: UnsafeMutableRawPointer) throws(GenerateFailure) {
    var at = start
    for block in written[bucket] {
      var done = 0
      while done < block.length {
        let count = pread(file, at + done, block.length - done, off_t(block.offset + done))
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw .system("cannot read a temporary file back", count < 0 ? errno : EIO) }
        done += count
      }
      at += block.length
    }
    at.copyMemory(from: blocks + bucket * LineSorter.blockSize, byteCount: used[bucket])
  }

  /// Finds the records of a bucket.
  private static func index(_ bytes: UnsafeRawBufferPointer, into entries: inout [Entry]) {
    entries.removeAll(keepingCapacity: true)
    var at = 0
    while at < bytes.count {
      let key = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      let length = bytes.loadUnaligned(fromByteOffset: at + 8, as: Int32.self)
      entries.append(Entry(key: key, offset: Int32(at + headerSize), length: length))
      at += headerSize + Int(length)
    }
  }
}

/// `TMPDIR`, or `/tmp`.
private var temporaryDirectory: String {
  guard let value = getenv("TMPDIR"), value.pointee != 0 else { return "/tmp" }
  return String(cString: value)
}

/// A file in ``temporaryDirectory`` that only this process can reach and that vanishes with it.
private func openUnnamedFile() throws(GenerateFailure) -> Int32 {
  let file = openNameless(in: temporaryDirectory)
  if file < 0 { throw .system("cannot make a temporary file in \(temporaryDirectory)", errno) }
  return file
}
