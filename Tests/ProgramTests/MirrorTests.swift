import Foundation
import ProcessSupport
import Testing

/// A program that answers with what refold itself computes from the question: nothing may be lost on the way there and
/// back.
@Suite("programs: a mirror of all projections")
struct MirrorTests {
  private static let script = #"""
    import json, os, re, sqlite3, subprocess, sys, tempfile

    sys.set_int_max_str_digits(0)
    folder = tempfile.mkdtemp(dir=os.environ["MIRROR_FOLDER"])
    log, users, snapshot = (os.path.join(folder, name) for name in ("log.ndjson", "users.ndjson", "s.sqlite"))
    # A log must have an event; nobody asks for this user.
    other = "ffffffff-0000-4000-8000-000000000001"
    infinite = re.compile(r'(?<=[\[: ])(-?)Infinity(?=[,\]}])')


    def rows(database, sql, user):
        return database.execute(sql + " WHERE user_id = ?", (user,))


    for line in sys.stdin:
        question = json.loads(line)
        user, as_of = question["user_id"], question["as_of"]
        with open(log, "w") as file:
            for event in question["events"]:
                text = json.dumps({**event, "user_id": user})
                file.write(infinite.sub(r"\g<1>1.0e+999", text) + "\n")
            file.write(json.dumps({
                "id": other, "user_id": other, "timestamp": as_of, "event_type": "x", "data": {}, "metadata": {},
                "created_at": as_of}) + "\n")
        with open(users, "w") as file:
            file.write(json.dumps({"id": user}) + "\n")
        subprocess.run(
            [os.environ["MIRROR_REFOLD"], "rebuild", log, "--users", users, "--as-of", as_of, "-o", snapshot, "--force",
             "--quiet", "--threads", "1"], stdout=subprocess.DEVNULL, check=True)
        database = sqlite3.connect(snapshot)
        answer = {
            "user_id": user,
            "rows": [
                {"projection_type": type, "key": key, "data": json.loads(data), "last_event_id": event}
                for type, key, data, event in rows(
                    database, "SELECT projection_type, key, data, last_event_id FROM projections", user)],
            "failures": [
                {"projection_type": type, "code": code, "event_id": event, "detail": detail}
                for type, code, event, detail in rows(
                    database, "SELECT projection_type, code, event_id, detail FROM failures", user)]}
        database.close()
        print(json.dumps(answer), flush=True)
    """#

  private static let types = """
    ["set.logged","session.logged","external.activity_imported","profile.updated","preference.set","event.retracted",\
    "goal.set","objective.set","objective.updated","objective.archived","advisory.override.recorded","set.corrected",\
    "exercise.alias_created"]
    """

  private static func projection(_ type: String, _ keys: String, clock: String, requires: String = "null") -> String {
    """
    {"type":"\(type)","keys":\(keys),"triggers":\(types),"sources":\(types),"clock":\(clock),"stamp":null,\
    "requires":\(requires)}
    """
  }

  @Test("gives the same snapshot, row by row and failure by failure", arguments: ["storm", "hostile"])
  func mirrored(name: String) throws {
    let folder = try ScratchFolder()
    try folder.write("mirror.py", MirrorTests.script.utf8)
    let projections = [
      MirrorTests.projection(
        "capability_estimation", #"["strength_1rm","sprint_max_speed","jump_height","endurance_threshold"]"#,
        clock: #""generated_at""#),
      MirrorTests.projection("objective_state", #"["active"]"#, clock: "null"),
      MirrorTests.projection(
        "objective_advisory", #"["overview"]"#, clock: #""generated_at""#, requires: #""objective_state""#),
    ]
    try folder.write(
      "mirror.json",
      """
      {"name":"mirror","version":"1","command":["python3","mirror.py"],"files":["mirror.py"],\
      "projections":[\(projections.joined(separator: ","))]}
      """.utf8)
    let fixture = "\(repository)/fixtures/cases/\(name)"
    let users = "\(fixture)/users.ndjson"
    func rebuild(_ snapshot: String, _ more: [String]) throws -> [String] {
      let arguments = ["rebuild", "\(fixture)/events.ndjson.gz", "--as-of", "2026-02-22T00:00:00Z"]
      let made = try run(
        refoldBinary, arguments + ["--users", users, "-o", folder.file(snapshot), "--quiet"] + more,
        environment: ["MIRROR_FOLDER": folder.path, "MIRROR_REFOLD": refoldBinary])
      try #require(made.status == 0, "\(made.errors)")
      return try run(refoldBinary, ["digest", folder.file(snapshot)]).output.split(separator: "\n").map(String.init)
    }
    let own = try rebuild("own.sqlite", [])
    let mirrored = try rebuild("mirror.sqlite", ["--reducers", folder.file("mirror.json")])
    #expect(own == mirrored && !own.isEmpty)
  }
}
