import EventModel
import JSONTape
import Reporting
import Running

/// Reads an accept file: a JSON object on each line, blank lines aside. Unknown members, members of a wrong form and two
/// entries for one difference are errors that name the line.
package struct AcceptFile {
  package let path: String
  package private(set) var entries: [AcceptEntry] = []

  package init(_ path: String) throws(RefoldError) {
    self.path = path
    let bytes: [UInt8]
    do throws(JSONFault) { bytes = try readWholeFile(path) } catch { throw .usage("\(path): \(error.reason)") }
    var lines: [AcceptEntry.Identity: Int] = [:]
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
      let entry = try LineReader(path: path, line: index + 1).entry(Array(line))
      if let first = lines.updateValue(index + 1, forKey: entry.identity) {
        throw .usage("\(path):\(index + 1): accepts the same difference as line \(first)")
      }
      entries.append(entry)
    }
  }

  private struct LineReader {
    let path: String
    let line: Int

    func fault(_ reason: String) -> RefoldError { .usage("\(path):\(line): \(reason)") }

    func entry(_ bytes: [UInt8]) throws(RefoldError) -> AcceptEntry {
      let json: JSONTree
      do throws(JSONFault) { json = try JSONTree(parsing: bytes, repeatedKeys: .refused) } catch {
        throw fault(error.reason)
      }
      guard let members = json.members else { throw fault("not an object") }
      let known = ["user_id", "projection", "causes", "digest", "until", "why", "issue"]
      for (place, member) in members.enumerated() where !known.contains(member.key) {
        // The name is not quoted: it may be a value that was put into a wrong place.
        throw fault("member \(place + 1) is unknown; an entry has \(known.joined(separator: ", "))")
      }
      return AcceptEntry(
        place: (path, line), user: try user(json["user_id"]), projection: try projection(json["projection"]),
        causes: try causes(json["causes"]), digest: try digest(json["digest"]), until: try until(json["until"]),
        why: try text(json["why"], "why"), issue: try text(json["issue"], "issue"))
    }

    private func user(_ value: JSONTree?) throws(RefoldError) -> AcceptEntry.User {
      guard let text = value?.string else { throw fault("user_id: missing, or not a text") }
      if let id = UserID(text) { return .id(id) }
      guard PseudonymScheme.isUser(text) else {
        throw fault("user_id: neither a UUID nor a pseudonym (\(PseudonymScheme.userMark) and 12 hex digits)")
      }
      return .pseudonym(text)
    }

    private func projection(_ value: JSONTree?) throws(RefoldError) -> ProjectionName {
      guard let text = value?.string else { throw fault("projection: missing, or not a text") }
      let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else { throw fault("projection: not TYPE/KEY") }
      return ProjectionName(type: String(parts[0]), key: String(parts[1]))
    }

    private func causes(_ value: JSONTree?) throws(RefoldError) -> [Cause] {
      guard let names = value?.array, !names.isEmpty else { throw fault("causes: missing, empty, or not an array") }
      var causes: [Cause] = []
      for name in names {
        guard let cause = name.string.flatMap(Cause.init(rawValue:)) else { throw fault("causes: not a cause") }
        causes.append(cause)
      }
      return causes
    }

    private func digest(_ value: JSONTree?) throws(RefoldError) -> String {
      guard let text = value?.string, text.utf8.count == Fingerprints.digits, AcceptFile.areHex(text.utf8) else {
        throw fault("digest: missing, or not \(Fingerprints.digits) lower-case hex digits")
      }
      return text
    }

    private func until(_ value: JSONTree?) throws(RefoldError) -> AcceptEntry.Until? {
      guard let text = try text(value, "until") else { return nil }
      if let day = AcceptFile.day(text) {
        let next = Int64(day.daysSinceEpoch + 1) * Instant.day
        return AcceptEntry.Until(text: text, end: Instant(microseconds: next))
      }
      do throws(TimestampText.Fault) {
        let last = try TimestampText.parse(text)
        return AcceptEntry.Until(text: text, end: Instant(microseconds: last.microseconds + 1))
      } catch {
        throw fault("until: neither a day (2027-01-31) nor an instant with an offset")
      }
    }

    private func text(_ value: JSONTree?, _ name: String) throws(RefoldError) -> String? {
      guard let value else { return nil }
      guard let text = value.string else { throw fault("\(name): not a text") }
      return text
    }
  }

  private static func areHex(_ digits: some Sequence<UInt8>) -> Bool {
    digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// `YYYY-MM-DD`; `nil` for anything else, and for a day that does not exist.
  private static func day(_ text: String) -> CivilDate? {
    let bytes = Array(text.utf8)
    guard bytes.count == 10, bytes[4] == 0x2D, bytes[7] == 0x2D else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      let digits = bytes[range]
      return digits.allSatisfy { (0x30...0x39).contains($0) } ? Int(String(decoding: digits, as: UTF8.self)) : nil
    }
    guard let year = number(0..<4), year > 0, let month = number(5..<7), let day = number(8..<10) else { return nil }
    let date = CivilDate(year: year, month: month, day: day)
    return date.exists ? date : nil
  }
}
