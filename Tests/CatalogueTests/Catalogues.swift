import Comparing
import EventModel
import ExampleDomain
import Fitness
import Folding
import JSONTape
import Rebuilding
import Reporting
import Running
import SnapshotStore
import TestSupport
import Testing

/// All catalogues. The laws hold for each of their projections.
enum Catalogues: CaseIterable, CustomTestStringConvertible, Sendable {
  case fitness, example, exampleBefore

  var catalogue: Catalogue {
    switch self {
    case .fitness: .fitness
    case .example: .example
    case .exampleBefore: .exampleBefore
    }
  }

  var testDescription: String {
    switch self {
    case .fitness: "fitness"
    case .example: "example"
    case .exampleBefore: "example, v1 chosen"
    }
  }

  /// The standard log, rebuilt at its as-of, made once for all tests.
  func standard() throws -> MadeRun {
    switch self {
    case .fitness: try Catalogues.runs.fitness.get()
    case .example: try Catalogues.runs.example.get()
    case .exampleBefore: try Catalogues.runs.exampleBefore.get()
    }
  }

  private static let runs = (
    fitness: Result { try MadeRun(.fitness) }, example: Result { try MadeRun(.example) },
    exampleBefore: Result { try MadeRun(.exampleBefore) }
  )
}

/// A generated log, rebuilt with a catalogue.
struct MadeRun: Sendable {
  let catalogue: Catalogue
  let log: MadeLog
  let logs: [String]
  let users: String
  let folder: TemporaryFolder
  let run: RunLog

  init(
    _ catalogue: Catalogue, _ log: MadeLog = .standard, asOf: Instant = MadeLog.asOf, files: Int = 1, threads: Int = 2,
    _ change: (inout RebuildPlan) -> Void = { _ in }
  ) throws {
    folder = try TemporaryFolder()
    self.catalogue = catalogue
    self.log = log
    logs = try log.write(folder, files: files)
    users = try log.writeUsers(folder)
    run = try RunLog(logs, users: [users], threads: threads, catalogue: catalogue) { plan in
      plan.asOf = asOf
      change(&plan)
    }
  }

  /// A row of the snapshot.
  struct Row: Sendable {
    var key: RowKey
    var data: JSONTree
    /// The data as stored.
    var text: String
  }

  /// All rows, in the order of the file.
  func rows() throws -> [Row] {
    let cursor = try SnapshotReader(run.snapshot).rows(from: nil, to: nil, withBookkeeping: true)
    var rows: [Row] = []
    while let row = try cursor.next() {
      let key = RowKey(
        row.user.description, String(decoding: row.type, as: UTF8.self), String(decoding: row.key, as: UTF8.self))
      rows.append(
        Row(key: key, data: try JSONTree(parsing: Array(row.data)), text: String(decoding: row.data, as: UTF8.self)))
    }
    return rows
  }

  /// The differences between live rows and this snapshot.
  func differences(
    _ live: [Row], updatedAt: Instant, withLog: Bool = true, _ change: (inout DiffPlan) -> Void = { _ in }
  ) throws -> [RowDifference] {
    let folder = try TemporaryFolder()
    var plan = DiffPlan(catalogue)
    plan.snapshot = run.snapshot
    plan.live = [try folder.write("live.ndjson", live.map { liveLine($0.key, $0.data, updatedAt) + "\n" }.joined())]
    if withLog { plan.log.logs = logs }
    plan.resources.threads = 2
    plan.resources.temporaryDirectory = folder.path
    change(&plan)
    var differences: [RowDifference] = []
    _ = try diff(plan, progress: ProgressMeter()) { differences.append($0) }
    return differences
  }
}

/// A row as a line of an export of the live table.
func liveLine(_ key: RowKey, _ data: JSONTree, _ updatedAt: Instant) -> String {
  """
  {"user_id":"\(key.user)","projection_type":"\(key.type)","key":"\(key.key)","data":\(data.text),"version":1,\
  "updated_at":"\(updatedAt)"}
  """
}

extension RowDifference {
  var at: RowKey { RowKey(user.description, name.type, name.key) }
}

extension JSONTree {
  /// The object without a top-level member.
  func without(_ key: ConstantName?) -> JSONTree {
    guard let key, case .object(let members) = self else { return self }
    return .object(members.filter { $0.key != key.description })
  }

  /// Member names and string values, in the order written.
  var words: [String] {
    switch self {
    case .string(let text): [text]
    case .array(let elements): elements.flatMap(\.words)
    case .object(let members): members.flatMap { [$0.key] + $0.value.words }
    case .null, .bool, .integer, .double, .bigInteger: []
    }
  }

  /// The value with each string value replaced.
  func mappingTexts(_ map: (String) -> String) -> JSONTree {
    switch self {
    case .string(let text): .string(map(text))
    case .array(let elements): .array(elements.map { $0.mappingTexts(map) })
    case .object(let members): .object(members.map { Member($0.key, $0.value.mappingTexts(map)) })
    case .null, .bool, .integer, .double, .bigInteger: self
    }
  }
}
