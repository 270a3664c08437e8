import CZlib
import CZstd
import EventLog
import EventModel
import Platform

/// A directory that is removed, with its contents, when the object is deallocated.
final class ScratchDirectory {
  let path: String

  init() {
    var template = Array("/tmp/refold-records-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template)!)
  }

  deinit { remove(path) }

  /// Writes a file and returns its path.
  func write(_ name: String, _ bytes: [UInt8]) -> String {
    let file = path + "/" + name
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var written = 0
    while written < bytes.count {
      written += bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, bytes.count - written) }
    }
    close(descriptor)
    return file
  }

  func write(_ name: String, _ text: String) -> String { write(name, Array(text.utf8)) }

  private func remove(_ path: String) {
    if let stream = opendir(path) {
      while let entry = readdir(stream) {
        let offset = MemoryLayout<dirent>.offset(of: \.d_name)!
        let name = String(cString: (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self))
        if name != ".", name != ".." { remove(path + "/" + name) }
      }
      closedir(stream)
    }
    Glibc.remove(path)
  }
}

/// One record, as the reader and the splitter returned it.
struct SeenRecord: Equatable, CustomStringConvertible {
  var line: Int
  var offset: Int
  var table = TableKind.events
  /// The record without its line end.
  var raw: String
  /// Columns in the table's order, `nil` for NULL; empty for NDJSON and malformed records.
  var values: [String?] = []
  /// Field and reason of a malformed record.
  var fault: String?

  var description: String { "\(line)@\(offset) \(table.name) \(raw.debugDescription) \(values) \(fault ?? "")" }
}

/// Everything read from files, and the error that stopped it.
struct Reading: Equatable {
  var records: [SeenRecord] = []
  var stopped: String?
}

/// Reads the files to the end as one log, malformed records included.
func readAll(
  _ paths: [String], table: TableKind = .events, dumpTables: Set<TableKind>? = nil, form: RecordForm? = nil,
  blockSize: Int = 1 << 20, recordLimit: Int = 64 << 20
) -> Reading {
  var reading = Reading()
  do throws(MalformedInput) {
    let reader = try ChunkReader(
      paths: paths, table: table, dumpTables: dumpTables, form: form, blockSize: blockSize, recordLimit: recordLimit)
    let chunk = RecordChunk()
    let splitter = FieldSplitter()
    var index = 0
    while try reader.next(chunk) {
      precondition(chunk.index == index && chunk.count > 0)
      index += 1
      append(chunk, splitter, to: &reading)
    }
  } catch {
    reading.stopped = error.description
  }
  return reading
}

private func append(_ chunk: RecordChunk, _ splitter: FieldSplitter, to reading: inout Reading) {
  if chunk.form == .ndjson {
    var lines = NDJSONLines(chunk)
    while lines.next() {
      reading.records.append(
        SeenRecord(line: lines.lineNumber, offset: lines.byteOffset, table: chunk.table, raw: text(lines.line)))
    }
    return
  }
  splitter.begin(chunk)
  while true {
    var fault: String?
    do throws(MalformedInput) {
      guard try splitter.next() else { return }
    } catch {
      fault = (error.field.map { $0 + ": " } ?? "") + error.reason
      precondition(error.position == splitter.position)
    }
    let values = chunk.table.columns.indices.map { splitter[$0].isNull ? nil : text(splitter[$0].bytes) }
    reading.records.append(
      SeenRecord(
        line: splitter.lineNumber, offset: splitter.byteOffset, table: chunk.table, raw: text(splitter.record),
        values: fault == nil ? values : [], fault: fault))
  }
}

private func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

/// One gzip member.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  deflateInit2_(
    &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
  var input = bytes
  let written = input.withUnsafeMutableBufferPointer { source in
    output.withUnsafeMutableBufferPointer { target in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      stream.next_out = target.baseAddress
      stream.avail_out = UInt32(target.count)
      precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
      return target.count - Int(stream.avail_out)
    }
  }
  deflateEnd(&stream)
  return Array(output.prefix(written))
}

/// One zstd frame, with the checksum that the command-line tool writes too.
func zstd(_ bytes: [UInt8]) -> [UInt8] {
  let context = ZSTD_createCCtx()
  defer { ZSTD_freeCCtx(context) }
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
  var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count) + 4)
  let written = ZSTD_compress2(context, &output, output.count, bytes, bytes.count)
  precondition(ZSTD_isError(written) == 0)
  return Array(output.prefix(written))
}

/// A zstd frame that decoders skip.
func skippableFrame(_ count: UInt8) -> [UInt8] {
  [0x53, 0x2A, 0x4D, 0x18, count, 0, 0, 0] + [UInt8](repeating: 0xAA, count: Int(count))
}

/// SplitMix64: the same state gives the same numbers.
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
