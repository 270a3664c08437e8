import Benchmark
import EventModel
import Fitness
import Folding
import JSONTape
import Platform
import SnapshotStore

/// A value → canonical JSON; a user's rows → SQLite.
func measureWriting() {
  Benchmark("canonical write: a row's data") { benchmark in
    let values = RowSample.shared.values
    let output = ByteArena(capacity: 1 << 22)
    var writer = CanonicalWriter(output: output)
    benchmark.startMeasurement()
    for index in benchmark.scaledIterations {
      writer.beginDocument()
      writer.value(values[index])
    }
    blackHole(output.count)
  }

  Benchmark("SQLite write: a user's rows, the file finished once for all") { benchmark in
    let users = RowSample.shared.users
    let path = "\(temporaryDirectory)/refold-benchmark-\(getpid()).sqlite"
    defer { unlink(path) }
    benchmark.startMeasurement()
    try writeSnapshot(of: users[..<benchmark.scaledIterations.count], to: path)
    benchmark.stopMeasurement()
  }
}

/// Writes the users and their rows, in order, to a new snapshot.
@inline(never)
private func writeSnapshot(of users: ArraySlice<RowSample.User>, to path: String) throws {
  let writer = try SnapshotWriter(replacing: path, force: true, asOf: Sample.shared.asOf)
  for user in users {
    try writer.insertUser(user.id, source: .events)
    for row in user.rows {
      try row.data.withUnsafeBytes {
        try writer.insertProjection(user: row.user, name: row.name, data: $0, lastEvent: row.lastEvent)
      }
    }
  }
  try writer.finish(manifest: [])
}

/// `TMPDIR`, or a file system in memory if there is one, so that the speed of a device is not measured.
private var temporaryDirectory: String {
  if let directory = getenv("TMPDIR") { return String(cString: directory) }
  return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
}

/// The rows that the folded sample gives.
private struct RowSample: @unchecked Sendable {
  struct User {
    var id: UserID
    var rows: [ProjectionRow]
  }

  private(set) var users: [User] = []
  /// The data of a thousand of the rows, packed.
  private(set) var values: [JSONValue] = []

  static let shared = RowSample(Sample.shared)

  private init(_ sample: Sample) {
    let fold = UserFold(.fitness, profile: Profile())
    for history in sample.histories {
      var sink = KeepingSink(user: history.user)
      fold.fold(history.events, asOf: sample.asOf, into: &sink)
      users.append(User(id: history.user, rows: sink.rows))
    }
    let rows = users.flatMap(\.rows)
    let step = rows.count / Sample.size
    values = (0..<Sample.size).map { RowSample.pack(rows[$0 * step].data) }
  }

  /// The document as a packed value that is never freed.
  private static func pack(_ document: [UInt8]) -> JSONValue {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: document.count * 5 + 256, alignment: 8)
    let padded = document + [UInt8](repeating: 0x20, count: TapeParser.padding)
    let parser = TapeParser()
    let walker = TapeWalker()
    walker.output = PackedWriter(memory)
    padded.withUnsafeBytes { bytes in
      let text = UnsafeRawBufferPointer(rebasing: bytes[..<document.count])
      do throws(JSONFault) {
        walker.begin(try parser.parse(text), of: text)
        _ = try walker.walk(Tape.root, pack: true)
      } catch {
        preconditionFailure("a row's data is JSON: \(error.reason)")
      }
    }
    return JSONValue(memory)
  }
}

/// Keeps one user's rows.
private struct KeepingSink: FoldSink {
  let user: UserID
  private(set) var rows: [ProjectionRow] = []

  init(user: UserID) { self.user = user }

  mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
    rows.append(
      ProjectionRow(user: user, name: Catalogue.fitness.names[number], data: Array(data), lastEvent: lastEvent))
  }

  mutating func failed(type: String, _ failure: ReducerFailure) {}
}
