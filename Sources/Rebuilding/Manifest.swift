import EventModel
import Folding
import JSONTape
import Programs
import Reporting
import Running
import TimeZones

/// A snapshot's record of how it was made: everything its bytes depend on, and nothing else.
package struct Manifest {
  let lines: [(key: String, value: String)]

  /// Prefix of the keys for reducer versions. The projection type follows.
  package static let reducer = "reducer."
  /// Prefix of the keys for reducer programs. The program's name follows, and then nothing (its version), `.digest` or
  /// `.projections`.
  package static let program = "program."

  init(plan: RebuildPlan, log: Ingested, asOf: Instant, written: Written) {
    var lines: [(key: String, value: String)] = [
      ("refold.version", refoldVersion),
      ("as_of", asOf.description),
      ("as_of.source", (plan.asOf == nil ? log.counts.asOfSource : .given).rawValue),
      ("time_zones.release", TimeZoneDatabase.release),
      ("unicode.release", unicodeRelease),
      ("profile.name", plan.profile.name),
      ("profile.digest", plan.profile.digest),
      ("events.folded", String(log.accounting.folded)),
      ("events.unread", String(log.accounting.unread)),
      ("events.digest", written.eventsDigest),
      ("events.content", written.eventContent.description),
      ("events.fields", (plan.writes ?? plan.catalogue).vocabulary.fieldsDigest),
      ("records.left_out", String(log.accounting.malformed)),
      ("users", String(written.users)),
      ("users.left_out", String(log.accounting.malformedUsers)),
      ("users.exported", log.hasUsersExport ? String(written.users - written.usersNotExported) : "no export"),
      ("users.not_exported", log.hasUsersExport ? String(written.usersNotExported) : "no export"),
      ("failures", String(written.failures.values.reduce(0, +))),
      ("selection.users", selection(plan.input.selectedUsers)),
      ("selection.projections", selection(plan.filter.names)),
    ]
    lines += plan.input.reading.manifestLines(unwrapped: log.unwrapped)
    let given = Set(lines.map(\.key))
    lines += log.packs.reading.filter { !given.contains($0.key) }
    if plan.input.reading.deleted != nil { lines.append(("records.deleted", String(log.accounting.deleted))) }
    lines += plan.catalogue.reducerLines
    if plan.writes != nil { lines.append(("rows.source", "expected")) }
    for name in plan.catalogue.names { lines.append(("rows.\(name)", String(written.rowsByName[name] ?? 0))) }
    self.lines = lines
  }
}

extension IngestPlan {
  fileprivate var selectedUsers: [String] {
    part.map { ["partition \($0.partition)"] } ?? onlyUsers.sorted().map(\.description)
  }
}

private func selection(_ names: [String]) -> String { names.isEmpty ? "all" : names.joined(separator: " ") }

/// The release of the Unicode tables in the program.
let unicodeRelease = "15.0.0"

/// The version of refold. A snapshot depends on it.
package let refoldVersion = "0.1.0"

extension Catalogue {
  /// The lines of the manifest that say which reducers made the rows.
  package var reducerLines: [(key: String, value: String)] {
    var lines = ownVersions.map { (key: Manifest.reducer + $0.type, value: $0.version) }
    for program in outside {
      let key = Manifest.program + program.name
      lines += [
        (key, program.version), (key + ".digest", program.digest),
        (
          key + ".projections",
          String(decoding: ReducerFile.json(of: program.projections).canonicalBytes, as: UTF8.self)
        ),
      ]
    }
    return lines
  }
}
