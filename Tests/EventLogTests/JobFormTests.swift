import EventLog
import EventModel
import Testing

/// Exports of background_jobs in the forms that tools write.
@Suite("exports.md: jobs in every form")
struct JobFormTests {
  let directory = ScratchDirectory()

  private static let user = "08a74b44-65f4-477d-9dbe-1c12c0d105b6"
  private static let payload = #"{"source": "backfill; it's", "event_type": "set.logged"}"#
  private static let object =
    #"{"id": 7, "user_id": "\#(user)", "job_type": "projection.update", "payload": \#(payload), "status": "failed", "error_message": "a, b", "created_at": "2026-01-05T17:30:00+00:00"}"#
  private static let names = ["id", "user_id", "job_type", "payload", "status", "error_message", "created_at"]
  private static let values = ["7", user, "projection.update", payload, "failed", "a, b", "2026-01-05 17:30:00+00"]

  private static func csv(_ separator: String, _ names: [String]) -> String {
    let fields = values.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }
    return names.joined(separator: separator) + "\n" + fields.joined(separator: separator) + "\n"
  }

  private static let insert =
    "INSERT INTO other.background_jobs VALUES (1);\nINSERT INTO public.background_jobs (\(names.joined(separator: ", "))) VALUES ("
    + values.map { "'" + $0.replacing("'", with: "''") + "'" }.joined(separator: ", ") + ");\n"

  static let files: [(name: String, bytes: [UInt8])] = [
    ("jobs.ndjson", Array(object.utf8)), ("array.json", Array("[\(object)\n]".utf8)),
    ("printed.json", Array(object.replacing(", \"", with: ",\n  \"").utf8)),
    ("semicolon.csv", Array(csv(";", names.map { $0.uppercased() }).utf8)), ("bar.csv", Array(csv("|", names).utf8)),
    ("inserts.sql", Array(insert.utf8)), ("marked.sql", Array("\u{FEFF}\(insert)".utf8)),
    ("utf16.csv", MadeEvents.utf16(csv(",", names), bigEndian: true, mark: true)),
    ("utf16.json", MadeEvents.utf16("[\(object)]", bigEndian: false, mark: false)),
  ]

  @Test(arguments: files.indices)
  func form(index: Int) throws {
    let file = JobFormTests.files[index]
    for size in [1 << 20, 1, 100] {
      let reader = try ChunkReader(
        paths: [directory.write(file.name, file.bytes)], table: .backgroundJobs, blockSize: size)
      let (chunk, splitter, decoder) = (RecordChunk(), FieldSplitter(), JobDecoder())
      var jobs: [Job] = []
      while try reader.next(chunk) {
        if chunk.form == .ndjson {
          var lines = NDJSONLines(chunk)
          while lines.next() { jobs.append(try decoder.decode(line: lines.line)) }
        } else {
          splitter.begin(chunk)
          while try splitter.next() { jobs.append(try decoder.decode(record: splitter)) }
        }
      }
      let job = try #require(jobs.first)
      #expect(jobs.count == 1, "\(file.name)")
      #expect(
        job.user.description == JobFormTests.user && job.status == "failed" && job.error == "a, b", "\(file.name)")
      #expect(job.source == "backfill; it's" && job.eventType == "set.logged", "\(file.name)")
      #expect(try job.createdAt == TimestampText.parse("2026-01-05T17:30:00Z"), "\(file.name)")
    }
  }
}
