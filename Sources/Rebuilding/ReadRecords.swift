import EventLog
import EventModel

/// Reads every job of background_jobs exports, in the order of the files. Memory: one chunk.
package func readJobs(
  _ paths: [String], _ reading: ReadingOptions = ReadingOptions(), take: (Job) throws -> Void
) throws {
  let decoder = JobDecoder()
  try readRecords(paths, .backgroundJobs, reading) { (line) throws(RecordFault) in
    try decoder.decode(line: line)
  } fields: { (record) throws(RecordFault) in
    try decoder.decode(record: record)
  } take: {
    try take($0)
  }
}

/// The distinct users of users exports, sorted.
package func readUsers(_ paths: [String], _ reading: ReadingOptions = ReadingOptions()) throws -> [UserID] {
  let decoder = UserDecoder()
  var users: Set<UserID> = []
  try readRecords(paths, .users, reading) { (line) throws(RecordFault) in
    try decoder.decode(line: line)
  } fields: { (record) throws(RecordFault) in
    try decoder.decode(record: record)
  } take: {
    users.insert($0)
  }
  return users.sorted()
}

/// Reads the records of one table's exports, on the calling thread.
private func readRecords<Record>(
  _ paths: [String], _ table: TableKind, _ reading: ReadingOptions,
  line: (UnsafeRawBufferPointer) throws(RecordFault) -> Record,
  fields: (FieldSplitter) throws(RecordFault) -> Record, take: (Record) throws -> Void
) throws {
  let reader = try ChunkReader(paths: try expandLogPaths(paths), table: table, reading: reading.besideLog)
  let chunk = RecordChunk()
  let splitter = FieldSplitter()
  while try reader.next(chunk) {
    if chunk.form == .ndjson {
      var lines = NDJSONLines(chunk)
      while lines.next() {
        let record: Record
        do throws(RecordFault) { record = try line(lines.line) } catch {
          throw error.at(LogPosition(file: chunk.file, line: lines.lineNumber, byteOffset: lines.byteOffset))
        }
        try take(record)
      }
    } else {
      splitter.begin(chunk)
      while try splitter.next() {
        let record: Record
        do throws(RecordFault) { record = try fields(splitter) } catch { throw error.at(splitter.position) }
        try take(record)
      }
    }
  }
}
