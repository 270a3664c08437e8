import EventLog
import EventModel
import JSONTape
import Platform
import Rebuilding
import SnapshotStore

/// Reads the output of `refold diff --ndjson`: one difference per line.
///
/// - Parameter snapshot: the snapshot that the differences must belong to; `nil`: any snapshot.
func readDifferenceLines(
  _ path: String, of snapshot: SnapshotReader?, take: (StoredDifference) throws -> Void
) throws {
  let reader = try ChunkReader(paths: try expandLogPaths([path]), table: .projections, form: .ndjson)
  let chunk = RecordChunk()
  let parser = TapeParser()
  while try reader.next(chunk) {
    var lines = NDJSONLines(chunk)
    while lines.next() {
      let (difference, digest): (StoredDifference, String?)
      do throws(RecordFault) { (difference, digest) = try decode(lines.line, parser) } catch {
        throw error.at(LogPosition(file: chunk.file, line: lines.lineNumber, byteOffset: lines.byteOffset))
      }
      if let snapshot {
        try DifferenceReader.check(
          digest, of: "\(chunk.file):\(lines.lineNumber)", against: snapshot,
          advice: "keep snapshot_digest as this refold diff --ndjson writes it, or name no snapshot")
      }
      try take(difference)
    }
  }
}

/// Whether a file can be a diff, by its first bytes. Pipes, folders and packed files are not examined: they can.
package func looksLikeDifferences(_ path: String) throws -> Bool {
  var status = stat()
  guard path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return true }
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  if descriptor < 0 { return true }
  defer { close(descriptor) }
  var head = [UInt8](repeating: 0, count: 4096)
  let count = read(descriptor, &head, head.count)
  let bytes = head.prefix(max(0, count))
  // gzip and zstd.
  if bytes.starts(with: [0x1F, 0x8B]) || bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return true }
  return bytes.isEmpty || bytes.first == UInt8(ascii: "{")
}

/// The difference, and the digest of its snapshot if the line has one.
private func decode(
  _ line: UnsafeRawBufferPointer, _ parser: TapeParser
) throws(RecordFault) -> (StoredDifference, String?) {
  let tape: Tape
  do throws(JSONFault) { tape = try parser.parse(line) } catch { throw RecordFault(field: nil, reason: error.reason) }
  guard tape.tag(Tape.root) == Tape.Tag.object else { throw RecordFault(field: nil, reason: "not a JSON object") }
  func find(_ name: String, in object: Int) -> Int? {
    var at = object + 1
    while at < tape.after(object) - 1 {
      if tape.string(at).elementsEqual(name.utf8) { return at + 1 }
      at = tape.after(at + 1)
    }
    return nil
  }
  func member(_ name: String) throws(RecordFault) -> Int {
    if let place = find(name, in: Tape.root) { return place }
    throw RecordFault(field: name, reason: "missing: not a line of refold diff --ndjson")
  }
  func text(_ place: Int, _ name: String) throws(RecordFault) -> UnsafeRawBufferPointer {
    guard tape.tag(place) == Tape.Tag.string else { throw RecordFault(field: name, reason: "not a string") }
    return tape.string(place)
  }
  guard let user = UserID(try text(try member("user_id"), "user_id")) else {
    throw RecordFault(field: "user_id", reason: "not a UUID; a redacted diff cannot be repaired from")
  }
  let type = String(decoding: try text(try member("projection_type"), "projection_type"), as: UTF8.self)
  let key = String(decoding: try text(try member("key"), "key"), as: UTF8.self)
  let list = try member("causes")
  guard tape.tag(list) == Tape.Tag.array else { throw RecordFault(field: "causes", reason: "not an array") }
  var causes: [Cause] = []
  var at = list + 1
  while at < tape.after(list) - 1 {
    guard let cause = Cause(rawValue: String(decoding: try text(at, "causes"), as: UTF8.self)) else {
      throw RecordFault(field: "causes", reason: "a cause that this refold does not know")
    }
    causes.append(cause)
    at = tape.after(at)
  }
  var keyCount = 1
  if let more = find("more_unknown_keys", in: Tape.root) {
    guard tape.tag(more) == Tape.Tag.object, let keys = find("keys", in: more), tape.tag(keys) == Tape.Tag.integer,
      let count = Int(exactly: Int64(bitPattern: tape.words[keys + 1])), count >= 0, count < Int.max
    else {
      throw RecordFault(field: "more_unknown_keys", reason: "not a number of keys")
    }
    keyCount += count
  }
  var digest: String?
  if let place = find("snapshot_digest", in: Tape.root) {
    digest = String(decoding: try text(place, "snapshot_digest"), as: UTF8.self)
  }
  func optionalText(_ name: String) throws(RecordFault) -> String? {
    guard let place = find(name, in: Tape.root) else { return nil }
    return String(decoding: try text(place, name), as: UTF8.self)
  }
  let difference = StoredDifference(
    user: user, name: ProjectionName(type: type, key: key), causes: causes, keyCount: keyCount,
    isAccepted: try optionalText("accepted") == "entry", fingerprint: try optionalText("fingerprint"))
  return (difference, digest)
}
