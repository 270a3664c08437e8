import EventModel
import Formatting
import JSONTape

extension DiffReport {
  /// The summary for machines. The documentation's page on diff describes it.
  package var json: JSONTree {
    .object([
      .init("verdict", .string(judgement.verdict.rawValue)),
      .init("result", .string(verdict.raw)),
      .init("snapshot", .string(snapshot.raw)),
      .init("live", .array(live.map { .string($0.raw) })),
      .init("as_of", .string(asOf.description)),
      .init("live_as_of", liveAsOf.map { .string($0.description) } ?? .null),
      .init("other_reducers", .array(otherReducers.map { .string($0.raw) })),
      .init("partition", partition.map { .string($0) } ?? .null),
      .init("redacted", .bool(isRedacted)),
      .init("inputs", inputs),
      .init("max_changed", .string(maxChanged)),
      .init("min_coverage", .double(minimumCoverage)),
      .init("acceptable", .bool(isAcceptable)),
      .init("allowed", .array(allowed.map { .string($0.rawValue) })),
      .init("unacceptable_rows", number(unacceptable)),
      .init("excused_rows", number(excused)),
      .init(
        "accepted",
        .object([.init("by_cause", number(acceptedByCause)), .init("by_entry", number(acceptedByEntry))])),
      .init("accept", acceptance?.json ?? .null),
      .init("since", since?.json ?? .null),
      .init("trend", since.map { .array($0.trend.map(\.json)) } ?? .null),
      .init("failed_checks", .array(judgement.failed.map { .string($0.raw) })),
      .init("unjudged", .array(judgement.unjudged.map { .string($0.raw) })),
      .init("unacceptable_columns", .array(unacceptableColumns.map(JSONTree.string))),
      .init("bookkeeping_asked", .array(columns.map(JSONTree.string))),
      .init(
        "log",
        .object([
          .init("given", .bool(hasLog)), .init("users_refolded", number(usersRefolded)),
          .init("created_at", .string(storedInstants.rawValue)),
        ])),
      .init("shared_update", sharedUpdate.map(shared) ?? .null),
      .init(
        "rows",
        counts(
          Row(
            name: "", rebuilt: rebuilt, live: liveRows, compared: compared, equal: equal, different: different,
            causes: Cause.allCases.map { count($0) }))),
      .init(
        "projections",
        .object(rows.filter { $0.rebuilt + $0.live + $0.different > 0 }.map { .init($0.name, counts($0)) })),
      .init(
        "users",
        .object([
          .init("compared", number(usersCompared)), .init("different", number(usersDifferent)),
          .init("snapshot_only", number(usersOnlyRebuilt)), .init("live_only", number(usersOnlyLive)),
        ])),
      .init(
        "unseen",
        .object([
          .init("rows", number(unseen.rows)), .init("users", number(unseen.users)),
          .init("seconds", .double(Double(unseen.longest) / 1e6)),
        ])),
      .init("unknown_versions", .object(unknownVersions.map { .init($0.version.raw, number($0.rows)) })),
      .init("unnamed_versions", number(unnamedVersions)),
      .init(
        "not_compared",
        .object([
          .init("other_types", .object(otherTypes.map { .init($0.type.raw, number($0.rows)) })),
          .init("unnamed_types", number(unnamedTypeRows)),
          .init("not_selected", number(notSelected)), .init("live_failures", number(liveFailures)),
          .init("failed_on_both_sides", number(failedOnBothSides)),
        ])),
      .init("bookkeeping", .object(bookkeeping.map { .init($0.column, number($0.rows)) })),
      .init("bookkeeping_absent", .object(columnsAbsent.map { .init($0.column, number($0.rows)) })),
      .init("patterns", .array(patterns.map(pattern))),
      .init("fields", .array(changes.map(change))),
      .init("worst_users", .array(worstUsers.map(user))),
      .init(
        "performance",
        .object([
          .init("phases", .object(phases.map { .init($0.name + "_seconds", .double(rounded($0.seconds))) })),
          .init("seconds", .double(rounded(phases.reduce(0) { $0 + $1.seconds }))),
          .init("peak_memory_bytes", number(peakMemory)), .init("threads", number(threads)),
        ])),
    ])
  }

  private func number(_ value: Int) -> JSONTree { .integer(Int64(value)) }
  private func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }

  private func shared(_ update: SharedUpdate) -> JSONTree {
    .object([
      .init("updated_at", .string(update.instant.description)), .init("rows", number(update.rows)),
      .init("of", number(update.of)), .init("users", number(update.users)),
    ])
  }

  private func counts(_ row: Row) -> JSONTree {
    .object([
      .init("snapshot", number(row.rebuilt)), .init("live", number(row.live)), .init("compared", number(row.compared)),
      .init("equal", number(row.equal)), .init("different", number(row.different)),
      .init("causes", .object(Cause.allCases.map { .init($0.rawValue, number(row.causes[$0.number])) })),
    ])
  }

  private func pattern(_ pattern: Pattern) -> JSONTree {
    .object([
      .init("kind", .string(pattern.kind.rawValue)), .init("projection", .string(pattern.projection.raw)),
      .init("subject", .string(pattern.subject.raw)), .init("value", pattern.value.map { .double($0) } ?? .null),
      .init("rows", number(pattern.rows)), .init("of", number(pattern.of)), .init("alone", number(pattern.alone)),
      .init("with", .array(pattern.with.map { .string($0.raw) })),
    ])
  }

  private func change(_ change: FieldChange) -> JSONTree {
    .object([
      .init("projection", .string(change.name.description)), .init("field", .string(change.field.raw)),
      .init("users", number(change.users)), .init("numbers", number(change.count)), .init("up", number(change.up)),
      .init("median", .double(change.median)), .init("p95", .double(change.p95)), .init("max", .double(change.max)),
      .init("median_move", .double(change.move)), .init("largest_move", .double(change.largest)),
      .init("became_null", number(change.becameNull)), .init("gone", number(change.gone)),
      .init("new", number(change.new)),
      .init(
        "texts",
        .array(
          change.transitions.map { text in
            .object([
              .init("rebuilt", .string(text.rebuilt.raw)), .init("live", .string(text.live.raw)),
              .init("rows", number(text.rows)),
            ])
          })), .init("other_texts", number(change.otherTransitions)),
    ])
  }

  private func user(_ user: User) -> JSONTree {
    .object([
      .init("user_id", .string(user.id.raw)), .init("rows", number(user.rows)),
      .init("unacceptable", number(user.unacceptable)),
      .init("causes", .array(user.causes.map { .string($0.rawValue) })),
    ])
  }
}
