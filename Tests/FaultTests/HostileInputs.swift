import Foundation
import ProcessSupport
import SQLiteSupport
import SnapshotStore
import Testing

/// Files that hold ``HostileTexts`` wherever a text is possible. Their names are such texts too.
struct HostileInputs {
  let folder: ScratchFolder
  let log = "log" + HostileTexts.text(.log, 0..<5)
  let live = "live" + HostileTexts.text(.live, 5..<8)
  let snapshot = "snapshot" + HostileTexts.text(.snapshot, 8..<13)
  static let asOf = "2026-02-22T00:00:00Z"
  static let users = HostileTexts.all.indices.map { id("10000000", $0) }

  private static func id(_ head: String, _ number: Int) -> String {
    "\(head)-0000-4000-8000-0000000000\(number < 16 ? "0" : "")\(String(number, radix: 16))"
  }

  func json(_ value: Any) throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: value, options: .sortedKeys), as: UTF8.self) + "\n"
  }

  private func object(_ text: some StringProtocol) throws -> [String: Any]? {
    try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
  }

  func write(_ name: String, _ text: String) throws { try folder.write(name, text.utf8) }

  // MARK: The log

  func writeLog() throws {
    var lines = ""
    for number in HostileTexts.all.indices {
      func text(_ place: HostileTexts.Place) -> String { HostileTexts.text(place, number) }
      func event(_ head: Int, _ day: Int, _ type: String, _ data: [String: Any]) throws {
        let time = "2026-01-0\(day)T10:00:00Z"
        lines += try json(
          [
            "id": HostileInputs.id("0000000\(head)", number), "user_id": HostileInputs.users[number],
            "timestamp": time, "created_at": time, "event_type": type, "data": data,
            "metadata": ["session_id": text(.group)],
          ] as [String: Any])
      }
      func goal(_ name: String) -> [String: Any] {
        [
          "objective_id": text(.objective) + name, "mode": "journal", "source": text(.objective),
          "primary_goal": ["type": text(.objective), text(.objective): name],
        ]
      }
      try event(
        0, 1, "set.logged", ["exercise_id": text(.group), "implements_type": text(.group), "weight_kg": 80, "reps": 5])
      // Two events at the same instant: their ids decide which is the last.
      try event(1, 2, "objective.set", goal("a"))
      try event(2, 2, "objective.set", goal("b"))
      try event(
        3, 3, "advisory.override.recorded", ["reason": "x", "scope": text(.advisory), "actor": text(.advisory)])
      try event(4, 4, text(.eventType), [:])
      try event(
        5, 5, "set.corrected",
        [
          "target_event_id": HostileInputs.id("00000000", number),
          "changed_fields": ["equipment_profile": text(.corrected), text(.corrected): 1],
        ])
    }
    try write(log, lines)
  }

  /// Exports with columns and tables that refold does not read.
  func writeOtherLogs() throws {
    let event = [HostileInputs.id("00000000", 0), HostileInputs.users[0], "2026-01-01 10:00:00+00", "set.logged"]
    let columns = ["id", "user_id", "timestamp", "event_type", "data", "metadata", "created_at"]
    func inQuotes(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }
    let names = HostileTexts.all.indices.map { HostileTexts.text(.column, $0) }
    try write(
      "log.csv",
      (columns + names).map(inQuotes).joined(separator: ",") + "\n"
        + (event + ["{}", "{}", event[2]] + names.map { _ in "" }).joined(separator: ",") + "\n")
    var dump = "COPY public.events (\(columns.map(inQuotes).joined(separator: ", "))) FROM stdin;\n"
    dump += (event + ["{}", "{}", event[2]]).joined(separator: "\t") + "\n\\.\n"
    for number in HostileTexts.all.indices {
      let table = inQuotes(HostileTexts.text(.table, number))
      dump += "COPY public.\(table) (\(columns.map(inQuotes).joined(separator: ", "))) FROM stdin;\n"
      dump += (event + ["{}", "{}", event[2]]).joined(separator: "\t") + "\n\\.\n"
    }
    try write("dump.sql", dump)
  }

  // MARK: Live rows and jobs

  /// - Parameter rows: the output of `refold fold`.
  func writeLive(_ rows: String) throws {
    var lines = ""
    for (number, line) in rows.split(separator: "\n").enumerated() {
      guard var row = try object(line), row.removeValue(forKey: "table") as? String == "projections",
        var data = row["data"] as? [String: Any]
      else { continue }
      data[HostileTexts.text(.member, number)] = HostileTexts.text(.value, number)
      data["status"] = HostileTexts.text(.value, number)
      data["confidence"] = 0.123
      data["data_sufficiency"] = ["uncertainty_reason_codes": [HostileTexts.text(.code, number)]]
      row["data"] = data
      row["updated_at"] = "2026-02-21T00:00:00Z"
      row["last_event_id"] = nil
      lines += try json(row)
      lines += try json(row.merging(["key": HostileTexts.text(.liveKey, number)]) { $1 })
      lines += try json(row.merging(["projection_type": HostileTexts.text(.liveType, number)]) { $1 })
    }
    try write(live, lines)
  }

  func writeJobs() throws {
    try write(
      "jobs",
      HostileTexts.all.indices.map { number in
        func text(_ place: HostileTexts.Place) -> String { HostileTexts.text(place, number) }
        return try json(
          [
            "user_id": HostileInputs.users[number], "job_type": text(.jobType),
            "status": number % 2 == 0 ? "dead" : text(.jobStatus), "error_message": text(.jobError),
            "created_at": "2026-01-01T00:00:00Z",
            "payload": ["source": "label", "event_type": "set.logged", "handler_name": text(.handler)],
          ] as [String: Any])
      }.joined())
  }

  // MARK: Files that refold did not write

  /// A snapshot with rows, failures and entries that no rebuild writes.
  ///
  /// - Parameter code: whether the failures' codes are hostile texts too. Readers of single failures refuse them.
  func writeForgedSnapshot(_ name: String, code: Bool) throws {
    try folder.write(name, try #require(folder.bytes(snapshot)))
    let db = try Database(path: folder.file(name))
    try db.transaction {
      for (number, user) in HostileInputs.users.enumerated() {
        func text(_ place: HostileTexts.Place) -> String { HostileTexts.text(place, number) }
        try db.execute(
          "INSERT INTO failures (user_id, projection_type, code, event_id, detail) VALUES (?, ?, ?, NULL, ?)",
          [
            user, text(.failureType), code ? text(.failureCode) : "not_finite", text(.failureDetail),
          ])
        try db.execute("DELETE FROM projections WHERE user_id = ? AND projection_type = 'objective_state'", [user])
        try db.execute(
          """
          INSERT INTO failures (user_id, projection_type, code, event_id, detail)
          VALUES (?, 'objective_state', 'not_finite', NULL, ?)
          """, [user, text(.failureReason)])
        try db.execute(
          """
          INSERT INTO projections SELECT ?, user_id, ?, ?, data, version, last_event_id, created_at, updated_at
          FROM projections WHERE user_id = ? LIMIT 1
          """, [UUID().uuidString.lowercased(), text(.rowType), text(.rowKey), user])
        try db.execute(
          """
          INSERT INTO projections SELECT ?, user_id, projection_type, ?, data, version, last_event_id, created_at, updated_at
          FROM projections WHERE user_id = ? ORDER BY projection_type LIMIT 1
          """, [UUID().uuidString.lowercased(), text(.rowKey), user])
        try db.execute(
          """
          INSERT INTO signals SELECT user_id, ?, events, first_timestamp, last_timestamp, newest_event_id FROM signals
          WHERE user_id = ? LIMIT 1
          """, [text(.signal), user])
        try db.execute("INSERT INTO manifest VALUES (?, ?)", [text(.manifest), text(.manifest)])
      }
      // The rows of a snapshot must be in order.
      try db.execute(
        """
        CREATE TEMPORARY TABLE unordered AS SELECT * FROM projections;
        DELETE FROM projections;
        INSERT INTO projections SELECT * FROM unordered ORDER BY user_id, projection_type, key;
        """)
      try db.execute(
        "UPDATE manifest SET value = ? WHERE key IN ('refold.version', 'profile.name')",
        [HostileTexts.text(.manifest, 0..<HostileTexts.all.count)])
    }
    // A snapshot whose digests are not those of its rows is refused.
    let digests = try SnapshotReader(folder.file(name)).recomputeDigests()
    try db.transaction {
      try db.execute("DELETE FROM manifest WHERE key LIKE 'digest%'")
      for line in digests {
        try db.execute("INSERT INTO manifest VALUES (?, ?)", [line.key, line.value])
      }
    }
    db.close()
  }

  /// Forges two cases: one with other expectations than its log gives, one with a member that no case has.
  ///
  /// - Parameters:
  ///   - name: a case that was made of ``log``; its expectations are changed.
  ///   - unreadable: the name of a new case, which has the member.
  func forgeCases(_ name: String, unreadable: String) throws {
    let files = "cases/" + name + "/"
    var rows = ""
    let recorded = String(decoding: try #require(folder.bytes(files + "projections.ndjson")), as: UTF8.self)
    for (number, line) in recorded.split(separator: "\n").enumerated() {
      guard var row = try object(line), var data = row["data"] as? [String: Any] else { continue }
      data[HostileTexts.text(.caseField, number)] = HostileTexts.text(.caseValue, number)
      row["data"] = data
      rows += try json(row)
    }
    var failures = ""
    for (number, user) in HostileInputs.users.enumerated() {
      rows += try json(
        [
          "user_id": user, "projection_type": "capability_estimation", "key": HostileTexts.text(.caseKey, number),
          "data": [:],
        ] as [String: Any])
      failures += try json(
        ["user_id": user, "projection_type": HostileTexts.text(.caseFailure, number), "code": "not_finite"])
    }
    try write(files + "projections.ndjson", rows)
    try write(files + "failures.ndjson", failures)
    // The live rows differ, but no difference is expected.
    try write(files + "differences.ndjson", "")
    try FileManager.default.createDirectory(
      atPath: folder.file("cases/" + unreadable), withIntermediateDirectories: false)
    let member = HostileTexts.text(.caseMember, 0..<HostileTexts.all.count)
    try write("cases/" + unreadable + "/case.json", try json([member: 1]))
  }

  /// - Parameter report: the output of `refold diff --partition --json`.
  func writeForgedReport(_ name: String, _ report: String) throws {
    guard var report = try object(report), var rest = report["not_compared"] as? [String: Any] else { return }
    let texts = HostileTexts.all.indices
    report["worst_users"] = texts.map {
      ["user_id": HostileTexts.text(.reportUser, $0), "rows": 1, "unacceptable": $0, "causes": ["changed"]]
        as [String: Any]
    }
    report["live"] = texts.map { HostileTexts.text(.reportLive, $0) }
    rest["other_types"] = Dictionary(uniqueKeysWithValues: texts.map { (HostileTexts.text(.reportType, $0), 1) })
    report["not_compared"] = rest
    try write(name, try json(report))
  }

  /// Files that are refused because of a member with an unknown name.
  func writeRefused() throws {
    try write("rules", try json([HostileTexts.text(.rule, 0..<HostileTexts.all.count): 1]))
    try write("profile", try json([HostileTexts.text(.profile, 0..<HostileTexts.all.count): 1]))
  }
}
