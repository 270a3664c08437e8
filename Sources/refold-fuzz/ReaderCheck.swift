import EventLog
import EventModel

/// Reads bytes as a file in blocks of several sizes: records, positions and faults must not depend on the size.
final class ReaderCheck {
  private let file: ScratchFile
  private let splitter = FieldSplitter()

  init(_ file: ScratchFile) { self.file = file }

  func check(_ bytes: [UInt8]) -> CheckResult {
    file.write(bytes)
    var isTaken = false
    for table in [TableKind.events, .users] {
      for form in [nil] + RecordForm.allCases.map(Optional.some) {
        let whole = read(table, form, blockSize: 1 << 20)
        if !whole.records.isEmpty { isTaken = true }
        for size in [1, 7, 64, 300] where read(table, form, blockSize: size) != whole {
          return .wrong("\(table) as \(form?.rawValue ?? "any form") differ in blocks of \(size)")
        }
      }
    }
    return isTaken ? .taken : .refused
  }

  private struct Reading: Equatable {
    var records: [Record] = []
    var end: MalformedInput?
  }

  private struct Record: Equatable {
    var line: Int
    var byteOffset: Int
    var raw: [UInt8]
    var fields: [[UInt8]?]
    var fault: MalformedInput?
  }

  private func read(_ table: TableKind, _ form: RecordForm?, blockSize: Int) -> Reading {
    var reading = Reading()
    do throws(MalformedInput) {
      let reader = try ChunkReader(
        paths: [file.path], table: table, dumpTables: [.events, .users, .projections], form: form, blockSize: blockSize)
      let chunk = RecordChunk()
      while try reader.next(chunk) { append(chunk, to: &reading) }
    } catch {
      reading.end = error
    }
    return reading
  }

  private func append(_ chunk: RecordChunk, to reading: inout Reading) {
    if chunk.form == .ndjson {
      var lines = NDJSONLines(chunk)
      while lines.next() {
        reading.records.append(
          Record(line: lines.lineNumber, byteOffset: lines.byteOffset, raw: Array(lines.line), fields: []))
      }
      return
    }
    splitter.begin(chunk)
    while true {
      var fault: MalformedInput?
      do throws(MalformedInput) { if try !splitter.next() { return } } catch { fault = error }
      let fields: [[UInt8]?] = chunk.table.columns.indices.map { column in
        fault != nil || splitter[column].isNull ? nil : Array(splitter[column].bytes)
      }
      reading.records.append(
        Record(
          line: splitter.lineNumber, byteOffset: splitter.byteOffset, raw: Array(splitter.record), fields: fields,
          fault: fault))
    }
  }
}
