import EventModel

/// Looks for tables before any rows are returned.
extension DumpCutter {
  /// A cutter at the same place in the file that only looks for tables.
  func survey() -> DumpCutter {
    var survey = DumpCutter(tables: tables, file: file, isSurvey: true)
    (survey.mode, survey.scanner, survey.session, survey.database) = (mode, scanner, session, database)
    (survey.waiting, survey.statementStart, survey.escapesSince) = (waiting, statementStart, escapesSince)
    return survey
  }

  /// Looks for tables in all bytes: first in `first`, then in those from `read`, until `read` returns none.
  mutating func run(
    over first: UnsafeRawBufferPointer, from start: LogPosition, recordLimit: Int,
    read: (UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int
  ) throws(MalformedInput) {
    precondition(isSurvey)
    let buffer = ByteBuffer()
    buffer.reset(capacity: max(1 << 18, first.count))
    buffer.append(first)
    var place = start
    var isLast = false
    while true {
      while buffer.filled < buffer.capacity, !isLast { isLast = try !buffer.fill(to: buffer.capacity, from: read) }
      if isLast, buffer.filled == 0 { break }
      buffer.seal()
      let cut = try cut(CutWindow(base: buffer.base, count: buffer.filled, isLast: isLast, start: place))
      place.line += cut.lines
      place.byteOffset += cut.consumed
      buffer.drop(cut.consumed)
      if cut.consumed > 0 { continue }
      if isLast || buffer.filled > recordLimit { break }
      if buffer.filled == buffer.capacity { buffer.grow(to: 2 * buffer.capacity) }
    }
    try finish(at: place)
  }
}
