import EventModel
import Formatting

extension ReportFacts {
  /// One sentence: what was compared, the share that is equal, the exit status and the reason for it.
  package var verdict: Foreign {
    guard let diff else {
      return "\(snapshot) was compared with nothing: this report says what the snapshot holds; exit status 0."
    }
    let other = against.joined(separator: ", ")
    switch mode {
    case .file:
      return """
        \(snapshot) and the differences in \(other): \(grouped(diff.different)) rows differ; \
        how many were compared is not in that file; exit status \(exitStatus): \(reason(diff)).
        """
    default:
      let names: Foreign =
        mode == .pair ? "\(other) (before) → \(snapshot) (after)" : "\(snapshot) against \(other)"
      return """
        \(names), as of \(minute(diff.asOf)): \(grouped(diff.equal)) of \
        \(grouped(diff.compared)) compared rows (\(share(diff.equal, of: diff.compared))) are equal; \
        exit status \(exitStatus): \(reason(diff)).
        """
    }
  }

  /// The same in a few words, for the head of the page.
  package var headline: String {
    guard let diff else { return "A snapshot of \(grouped(rebuiltRows)) projection rows" }
    if diff.judgement.verdict == .known {
      return "\(plural(diff.different, "row")) differ\(diff.different == 1 ? "s" : ""), none of them new"
    }
    if exitStatus == 0 {
      return diff.different == 0
        ? (diff.isOfDifferences ? "No row differs" : "All \(grouped(diff.compared)) compared rows are equal")
        : "\(plural(diff.different, "row")) differ\(diff.different == 1 ? "s" : ""), all \(diff.acceptedByEntry > 0 ? "accepted" : "for accepted causes")"
    }
    if diff.unacceptable > diff.excused {
      return
        "\(plural(diff.unacceptable, "row")) differ\(diff.unacceptable == 1 ? "s" : "") for causes that are not accepted"
    }
    if !diff.judgement.unjudged.isEmpty { return "Not everything could be judged" }
    return diff.unacceptableColumns.isEmpty ? "A check failed" : "Bookkeeping columns differ"
  }

  /// `same`, `different`, or `snapshot` if nothing was compared.
  package var outcome: String { diff == nil ? "snapshot" : exitStatus == 0 ? "same" : "different" }

  /// The number of rows of the snapshot, from its manifest.
  package var rebuiltRows: Int {
    manifest.reduce(0) { $0 + ($1.key.raw.hasPrefix("rows.") ? Int($1.value.raw) ?? 0 : 0) }
  }

  private func reason(_ diff: DiffReport) -> Foreign {
    let allowed = diff.allowed.isEmpty ? "none is accepted" : "accepted: \(list(diff.allowed))"
    if diff.isAcceptable {
      if diff.different == 0 { return "nothing differs" }
      if diff.judgement.verdict == .known {
        return "\(plural(diff.judgement.known, "row")) that are not accepted were there in the last run (\(allowed))"
      }
      let excuse =
        (diff.excused > 0 ? ", and \(plural(diff.excused, "row")) let pass by --max-changed" : "")
        + (diff.acceptedByEntry > 0 ? ", and \(plural(diff.acceptedByEntry, "row")) accepted by entries" : "")
      return
        "\(diff.acceptedByEntry > 0 ? "every difference is accepted" : "every difference has an accepted cause") (\(allowed)\(excuse))"
    }
    let columns = (diff.judgement.unjudged + diff.judgement.failed).joined(separator: "; ")
    if diff.unacceptable == diff.excused { return columns }
    let causes = diff.causesMet.filter { $0 != .tolerated && !diff.allowed.contains($0) }
    let rows =
      "\(plural(diff.unacceptable, "row")) differ\(diff.unacceptable == 1 ? "s" : "") because of \(list(causes)) (\(allowed))"
    return columns.raw.isEmpty ? "\(rows)" : "\(rows); \(columns)"
  }

  private func list(_ causes: [Cause]) -> String { causes.map(\.rawValue).joined(separator: ", ") }
}

/// A share in percent. It is 100 only for all and 0 only for none.
package func share(_ part: Int, of whole: Int) -> String {
  guard whole > 0 else { return "–" }
  if part == whole { return "100 %" }
  if part == 0 { return "0 %" }
  let percent = Double(part) / Double(whole) * 100
  if percent > 99.9 {
    return percent >= 99.999 ? "> 99.999 %" : fixed((percent * 1000).rounded(.down) / 1000, 3) + " %"
  }
  if percent < 0.1 { return percent < 0.001 ? "< 0.001 %" : fixed(percent, 3) + " %" }
  return fixed(percent, 1) + " %"
}

/// `1 row`, `2 rows`.
package func plural(_ count: Int, _ noun: String) -> String { "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")" }

/// `2026-02-22 00:00 UTC`.
package func minute(_ instant: Instant) -> String {
  let text = instant.description
  return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
}

extension Cause {
  /// The meaning for two snapshots, where the snapshot before takes the place of live.
  package var meaningOfChange: String {
    switch self {
    case .changed: "the rows differ"
    case .missing: "only the snapshot after has the row"
    case .surplus: "only the snapshot before has the row"
    case .failed: "the rebuild after fails there, the snapshot before has the row"
    case .clock, .behind, .version, .ahead, .unseen, .texts, .unexplained, .tolerated: meaning
    }
  }

  /// The meaning for `diff` of two snapshots, where the second one takes the place of live.
  package var meaningOfPair: String {
    switch self {
    case .changed: "the rows differ"
    case .missing: "only the first snapshot has the row"
    case .surplus: "only the second snapshot has the row"
    case .failed: "the first rebuild fails there, the second snapshot has the row"
    case .clock, .behind, .version, .ahead, .unseen, .texts, .unexplained, .tolerated: meaning
    }
  }

  /// What the cause means, in one line.
  package var meaning: String {
    switch self {
    case .clock: "equal once evaluated at the live row's own instant"
    case .behind: "equal once restricted to the events that the live row could see"
    case .version: "equal under another version of the reducer"
    case .texts: "only human-readable texts differ: another profile"
    case .ahead: "live had events that the log does not hold"
    case .unseen: "equal without events that were stored shortly before the live row: it did not see them yet"
    case .changed: "nothing explains it: the live reducer computes something else"
    case .missing: "the rebuild has the row, live does not"
    case .surplus: "live has the row, the log gives no reason for it"
    case .failed: "the rebuild fails there, an older live row survives"
    case .unexplained: "the cause cannot be told: no log, or one without created_at"
    case .tolerated: "covered by the operator's rules"
    }
  }

  /// What an operator does about rows with this cause; `nil`: nothing.
  package var nextStep: String? {
    switch self {
    case .clock, .tolerated: nil
    case .behind: "wait for the worker, or compute the rows again with refold repair"
    case .version: "end the deployment, then compute the rows again with refold repair"
    case .texts: "nothing, or name the profile that live uses with --profile"
    case .ahead: "export log and live rows again as of one instant, and rebuild"
    case .unseen: "compute the rows again with refold repair"
    case .changed: "refold explain shows how the value came about, refold witness makes a test case"
    case .missing: "refold repair writes the backfill that computes the rows"
    case .surplus: "look for deleted users and renamed keys, and check the log with refold verify --completeness"
    case .failed: "correct the reducer or the event; refold explain names the event"
    case .unexplained: "name the log with --log, exported with created_at"
    }
  }
}
