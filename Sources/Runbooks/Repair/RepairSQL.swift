import JSONTape

/// The repair as a psql script: one transaction, one statement.
///
/// External text appears only inside string literals of the form `E'…'`, which mean the same whatever
/// `standard_conforming_strings` says. It is ASCII, which reads the same in every client encoding. psql acts on no
/// colon or backslash in it, because psql does not look into literals.
struct RepairSQL {
  var source: String
  var jobs: [PlannedJob]
  var commits: Bool

  var text: String {
    if jobs.isEmpty { return "-- refold repair: nothing to enqueue\n" }
    let rows = jobs.map { job in
      "    (\(literal(job.user.description))::uuid, \(literal(job.jobType)), "
        + "\(literal(ascii(job.payloadJSON(source: source).canonicalBytes)))::jsonb, \(job.priority))"
    }
    return """
      -- refold repair: \(jobs.count) controller jobs; run with psql -X -f FILE
      \\set ON_ERROR_STOP on
      BEGIN;
      -- One statement, so that the check for jobs in flight sees the queue as it was before.
      WITH repair (user_id, job_type, payload, priority) AS (
        VALUES
      \(rows.joined(separator: ",\n"))
      )
      INSERT INTO background_jobs
        (user_id, job_type, payload, status, priority, attempt, max_retries, created_at, scheduled_for)
      SELECT user_id, job_type, payload, 'pending', priority, 0, 3, NOW(), NOW()
      FROM repair
      WHERE NOT EXISTS (
        SELECT 1 FROM background_jobs AS job
        WHERE job.job_type = repair.job_type
          AND job.payload->>'source' = repair.payload->>'source'
          AND job.status IN ('pending', 'processing')
      )
      RETURNING id, job_type, user_id;
      \(commits ? "COMMIT;" : "-- Nothing is kept; refold repair --commit writes COMMIT here.\nROLLBACK;")

      """
  }

  /// An escape string literal, with quotes and backslashes doubled.
  private func literal(_ text: String) -> String {
    var quoted = "E'"
    for scalar in text.unicodeScalars {
      if scalar == "'" || scalar == "\\" { quoted.unicodeScalars.append(scalar) }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "'"
  }

  /// JSON in ASCII, with every other character as `\uXXXX`. Outside of strings, JSON is ASCII already.
  private func ascii(_ json: [UInt8]) -> String {
    var text = ""
    for unit in String(decoding: json, as: UTF8.self).utf16 {
      if unit < 0x7F, let scalar = Unicode.Scalar(unit) {
        text.unicodeScalars.append(scalar)
      } else {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return text
  }
}
