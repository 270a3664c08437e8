import EventModel
import Folding
import JSONTape
import Rebuilding
import Reporting

/// The files of a witness: the case that `refold check` runs, and why.md for people.
struct WitnessCase {
  static let fileNames = ["case.json", "events.ndjson", "live-projections.ndjson", "profile.json", "why.md"]

  var files: [(name: String, bytes: [UInt8])] = []
  /// The JSON values in the files.
  var json: [JSONTree] = []

  /// - Parameters:
  ///   - report: says what the witness shows.
  ///   - reducers: the member `reducers` of the case; `nil` if it has none.
  init(
    _ exhibit: Exhibit, _ report: WitnessReport, _ trial: WitnessTrial, _ profile: any DomainProfile,
    reducers: JSONTree?
  ) {
    func add(_ name: String, _ lines: [[UInt8]]) {
      files.append((name, lines.flatMap { $0 + [UInt8(ascii: "\n")] }))
    }
    let isBuiltin = profile.digest == trial.catalogue.profile.digest
    let rows = WitnessCase.liveRows(exhibit, trial)
    add("case.json", [Array(WitnessCase.description(exhibit, report, isBuiltin, reducers).pretty.utf8)])
    add("events.ndjson", exhibit.events.map { $0.line(user: exhibit.user) })
    add("live-projections.ndjson", rows.map(\.canonicalBytes))
    if !isBuiltin { add("profile.json", [Array(profile.json.pretty.utf8)]) }
    add("why.md", [Array(report.markdown.utf8)])
    json = rows + exhibit.events.flatMap { [.string($0.type), $0.content.data, $0.content.metadata] }
  }

  private static func description(
    _ exhibit: Exhibit, _ report: WitnessReport, _ isBuiltin: Bool, _ reducers: JSONTree?
  ) -> JSONTree {
    typealias Member = JSONTree.Member
    let difference = JSONTree.object([
      Member("user_id", .string(exhibit.user.description)), Member("projection_type", .string(report.name.type)),
      Member("key", .string(report.name.key)), Member("causes", .array(report.causes.map { .string($0.rawValue) })),
      Member("paths", .array(report.fields.map { .string($0.path.raw) })),
    ])
    var members = [
      Member("why", .string(report.sentence)), Member("as_of", .string(exhibit.asOf.description)),
      Member("events", .string("events.ndjson")),
    ]
    if !isBuiltin { members.append(Member("profile", .string("profile.json"))) }
    if let reducers { members.append(Member("reducers", reducers)) }
    members.append(Member("only", .array([.string(report.name.description)])))
    members.append(Member("live", .string("live-projections.ndjson")))
    members.append(Member("expected", .object([Member("differences", .array([difference]))])))
    return .object(members)
  }

  /// The live row, as many times as the export had it. If only one side has the row, the user's other rows are added as
  /// the rebuild makes them: a comparison needs a row that both sides have.
  private static func liveRows(_ exhibit: Exhibit, _ trial: WitnessTrial) -> [JSONTree] {
    let own = trial.live(of: exhibit)
    var rows: [JSONTree] = []
    if let own {
      let row = self.row(exhibit.user, trial.name, own, exhibit.updatedAt)
      rows = Array(repeating: row, count: exhibit.copies)
    }
    let rebuilt = trial.rows(of: exhibit)
    if own != nil, rebuilt.contains(where: { $0.number == trial.number }) { return rows }
    for (number, data) in rebuilt where number != trial.number {
      let name = trial.catalogue.names[number]
      if !exhibit.hasRequiredRow, name.type == trial.schema.requires { continue }
      rows.append(row(exhibit.user, name, data, exhibit.asOf))
    }
    return rows
  }

  private static func row(
    _ user: UserID, _ name: ProjectionName, _ data: JSONTree, _ updatedAt: Instant?
  ) -> JSONTree {
    var members: [JSONTree.Member] = [
      .init("user_id", .string(user.description)), .init("projection_type", .string(name.type)),
      .init("key", .string(name.key)), .init("data", data),
    ]
    if let updatedAt { members.append(.init("updated_at", .string(updatedAt.description))) }
    return .object(members)
  }
}
