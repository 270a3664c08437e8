import EventModel
import Formatting

extension DiffReport {
  /// The figures as OpenMetrics text. All are gauges without timestamps, so that it is also a text that the textfile
  /// collector of Prometheus' node exporter reads.
  ///
  /// - Parameter now: when the diff ended.
  package func openMetrics(now: Instant) -> String {
    var text = MetricsText()
    text.family("refold_rows_compared", "Rows that both sides have.")
    for row in rows { text.sample(["projection": row.name], row.compared) }
    text.family("refold_rows_equal", "Rows that are equal.")
    for row in rows { text.sample(["projection": row.name], row.equal) }
    text.family("refold_rows_different", "Rows that differ, by cause; a row with two causes counts for both.")
    for row in rows {
      for cause in Cause.allCases {
        text.sample(["projection": row.name, "cause": cause.rawValue], row.causes[cause.number])
      }
    }
    text.family("refold_rows_accepted", "Rows that differ and are accepted, by their causes or by an entry.")
    text.sample(["by": "cause"], acceptedByCause)
    text.sample(["by": "entry"], acceptedByEntry)
    text.family("refold_rows_unacceptable", "Rows that differ and are not accepted.")
    text.sample([:], unacceptable)
    text.family("refold_users_different", "Users with a row that differs.")
    text.sample([:], usersDifferent)
    text.family("refold_diff_verdict", "1 for the verdict, 0 for all others.")
    for verdict in Judgement.Verdict.allCases {
      text.sample(["verdict": verdict.rawValue], verdict == judgement.verdict ? 1 : 0)
    }
    text.family("refold_diff_exit_status", "0 nothing unacceptable, 1 differences, 2 trouble.")
    text.sample([:], Int(judgement.status))
    if let since {
      text.family("refold_rows_since", "Rows that differ, compared with the last run.")
      for (state, count) in [("new", since.new), ("gone", since.gone), ("persisting", since.persisting)] {
        text.sample(["state": state], count)
      }
    }
    if let acceptance {
      text.family("refold_accept_entries", "Entries of accept files that accept nothing.")
      for state in AcceptanceFigures.State.allCases { text.sample(["state": state.rawValue], acceptance.count(state)) }
    }
    text.family("refold_diff_as_of_timestamp_seconds", "The as-of of the snapshot.")
    text.sample([:], asOf.microseconds / 1_000_000)
    text.family("refold_diff_end_timestamp_seconds", "When the diff ended.")
    text.sample([:], now.microseconds / 1_000_000)
    text.family("refold_diff_duration_seconds", "How long the diff took.")
    text.sample([:], fixed(phases.reduce(0) { $0 + $1.seconds }, 3))
    return text.text + "# EOF\n"
  }
}

/// Families of gauges with their samples.
private struct MetricsText {
  private(set) var text = ""
  private var name = ""

  mutating func family(_ name: String, _ help: String) {
    self.name = name
    text += "# HELP \(name) \(help)\n# TYPE \(name) gauge\n"
  }

  /// A sample of the last family.
  mutating func sample(_ labels: KeyValuePairs<String, String>, _ value: some CustomStringConvertible) {
    let words = labels.map { "\($0.key)=\"\(MetricsText.escaped($0.value))\"" }.joined(separator: ",")
    text += name + (words.isEmpty ? "" : "{\(words)}") + " \(value)\n"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
