import EventModel
import Fitness
import Folding
import Hashing
import JSONTape
import Rebuilding
import Reporting
import Running
import SnapshotStore

/// A finished rebuild, in its own temporary folder.
package struct RunLog {
  package let folder: TemporaryFolder
  package let snapshot: String
  package let summary: RebuildSummary

  /// Rebuilds as of 2026-02-22T00:00:00Z unless `change` sets another instant.
  package init(
    _ logs: [String], users: [String] = [], threads: Int = 1, catalogue: Catalogue = .fitness,
    _ change: (inout RebuildPlan) -> Void = { _ in }
  ) throws {
    folder = try TemporaryFolder()
    snapshot = folder.file("snapshot.sqlite")
    var plan = RebuildPlan(catalogue)
    plan.input.logs = logs
    plan.input.users = users
    plan.input.resources.threads = threads
    plan.asOf = try TimestampText.parse("2026-02-22T00:00:00Z")
    plan.output = snapshot
    change(&plan)
    summary = try rebuild(plan, progress: ProgressMeter())
  }

  /// SHA-256 of the snapshot file.
  package var fileHash: String {
    get throws {
      SHA256.hash(data: try Fixtures.bytes(snapshot)).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        .joined()
    }
  }

  /// Each projection row's data, a space, and the id of its last event or `null`.
  package var rows: [RowKey: String] {
    get throws {
      var rows: [RowKey: String] = [:]
      let cursor = try SnapshotReader(snapshot).projections()
      while let stored = try cursor.next() {
        let row = stored.row
        rows[RowKey(row.user.description, row.name.type, row.name.key)] =
          String(decoding: row.data, as: UTF8.self) + " " + (row.lastEvent?.description ?? "null")
      }
      return rows
    }
  }

  /// Each projection row's data.
  package var data: [RowKey: String] {
    get throws { try rows.mapValues { String($0[..<($0.lastIndex(of: " ") ?? $0.endIndex)]) } }
  }

  package var failures: [FailureKey: String] {
    get throws {
      var failures: [FailureKey: String] = [:]
      for failure in try SnapshotReader(snapshot).failures().all() {
        failures[FailureKey(failure.user.description, failure.projectionType)] =
          "\(failure.code.rawValue) \(failure.event?.description ?? "null") \(failure.detail)"
      }
      return failures
    }
  }

  package func manifest(_ key: String) throws -> String? { try SnapshotReader(snapshot).manifestValue(key) }
}

/// One event as an NDJSON line. `data` and `metadata` are JSON; `createdAt` defaults to `time`.
package func eventLine(
  _ id: Int, user: String = FoldedHistory.user, type: String = "set.logged", time: String = "2026-01-05T10:00:00Z",
  data: String = "{}", metadata: String = "{}", createdAt: String? = nil
) -> String {
  """
  {"id":"\(FoldedHistory.id(id))","user_id":"\(user)","timestamp":"\(time)","event_type":"\(type)","data":\(data),\
  "metadata":\(metadata),"created_at":"\(createdAt ?? time)"}
  """
}

/// The malformed input that stopped a run; `nil` when the run finished.
package func malformedInput(in run: () throws -> RunLog) throws -> MalformedInput? {
  do {
    _ = try run()
    return nil
  } catch let fault as MalformedInput {
    return fault
  } catch RefoldError.malformedRecord(let fault) {
    return fault
  }
}
