import EventLog
import EventModel
import Formatting
import Hashing
import Rebuilding
import Reporting
import Running
import SnapshotStore

/// How reports that leave the company name users and events.
///
/// Without a key, the digits are the first 48 bits of the SHA-256 of `refold:` and the id: the same in every report, and
/// everybody who knows an id can compute them. With a key, they are those of an HMAC-SHA-256, and ``PseudonymKey/tag``
/// follows, so that pseudonyms of different keys are never taken for each other: `user-0123456789ab-k012345`.
package struct PseudonymScheme: Sendable, Equatable {
  /// `nil`: without a key.
  package var key: PseudonymKey?

  package init(key: PseudonymKey? = nil) { self.key = key }

  /// Those without a key.
  package static let unkeyed = PseudonymScheme()

  /// What the pseudonym of a user begins with.
  package static let userMark = "user-"
  private static let length = 12
  private static let tagMark = "-k"

  package func user(_ id: UserID) -> String { PseudonymScheme.userMark + digits(id) }
  package func event(_ id: EventID) -> String { "event-" + digits(id) }

  /// Names with these pseudonyms.
  package var names: NameStyle { NameStyle(user: { user($0) }, event: { event($0) }) }

  private func digits(_ id: UUID128) -> String {
    let text = "refold:\(id)"
    guard let key else { return String(hex(SHA256.hash(data: Array(text.utf8))).prefix(PseudonymScheme.length)) }
    return String(key.digits(of: text).prefix(PseudonymScheme.length)) + PseudonymScheme.tagMark + key.tag
  }

  /// The tag of the key of a user's pseudonym.
  ///
  /// - Returns: `nil` if the text has not the form of a pseudonym; `.some(nil)` for one without a key.
  package static func keyTag(ofUser text: String) -> String?? {
    guard text.hasPrefix(userMark) else { return nil }
    let rest = text.dropFirst(userMark.count)
    let digits = rest.prefix(length)
    guard digits.utf8.count == length, areHex(digits) else { return nil }
    let tail = rest.dropFirst(length)
    if tail.isEmpty { return .some(nil) }
    let tag = tail.dropFirst(tagMark.count)
    guard tail.hasPrefix(tagMark), tag.utf8.count == PseudonymKey.tagLength, areHex(tag) else { return nil }
    return .some(String(tag))
  }

  private static func areHex(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// Whether a text has the form of a user's pseudonym.
  package static func isUser(_ text: String) -> Bool { keyTag(ofUser: text) != nil }

  /// Why a pseudonym cannot be compared with those of this scheme, in words; `nil` if it can: pseudonyms without a key
  /// always can.
  package func refusal(ofUser pseudonym: String) -> Foreign? {
    guard case .some(.some(let tag)) = PseudonymScheme.keyTag(ofUser: pseudonym) else { return nil }
    guard let key else { return "was made with the key \(tag): name its file with --pseudonym-key" }
    return tag == key.tag ? nil : "was made with the key \(tag), --pseudonym-key names the key \(key.tag)"
  }

  /// Whether a pseudonym is the user's. It may be one without a key, whatever this scheme is.
  package func names(_ id: UserID, _ pseudonym: String) -> Bool {
    user(id) == pseudonym || (key != nil && PseudonymScheme.unkeyed.user(id) == pseudonym)
  }

  /// All ids in a text replaced by pseudonyms. O(n).
  package func redacted(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var at = 0
    while at < bytes.count {
      // Any 36 bytes that form an id, whatever surrounds them.
      if at + 36 <= bytes.count, let id = UserID(String(decoding: bytes[at..<at + 36], as: UTF8.self)) {
        result += Array("id-\(digits(id))".utf8)
        at += 36
      } else {
        result.append(bytes[at])
        at += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The query that finds out, in the live database, which user has a pseudonym without a key.
  package static func lookup(_ pseudonym: String) -> String {
    "SELECT id FROM users WHERE left(encode(sha256(convert_to('refold:' || id, 'UTF8')), 'hex'), \(length)) = "
      + "'\(pseudonym.dropFirst(userMark.count))'"
  }

  /// The one user who has a pseudonym.
  ///
  /// - Parameters:
  ///   - users: calls its argument with each user.
  ///   - place: where the users are, in words.
  fileprivate func user(
    _ pseudonym: String, in place: Foreign, _ users: ((UserID) -> Void) throws -> Void
  ) throws -> UserID {
    if let refusal = refusal(ofUser: pseudonym) { throw RefoldError.usage("\(pseudonym) \(refusal.text)") }
    var found: Set<UserID> = []
    try users { if names($0, pseudonym) { found.insert($0) } }
    guard let user = found.first else {
      throw RefoldError.usage("no user of \(place.text) has the pseudonym \(pseudonym)")
    }
    if found.count > 1 { throw RefoldError.usage("\(found.count) users have the pseudonym \(pseudonym): name the id") }
    return user
  }
}

extension SnapshotReader {
  /// The user who has a pseudonym. O(users).
  package func user(withPseudonym pseudonym: String, _ scheme: PseudonymScheme) throws -> UserID {
    try scheme.user(pseudonym, in: Foreign(path)) { note in
      let cursor = try users()
      while let user = try cursor.next() { note(user.id) }
    }
  }
}

/// The users of a log, and of its users exports, who have these pseudonyms. Reads the whole log.
package func users(
  withPseudonyms pseudonyms: [String], in plan: IngestPlan, _ scheme: PseudonymScheme, _ progress: ProgressMeter
) throws -> Set<UserID> {
  for pseudonym in pseudonyms {
    if let refusal = scheme.refusal(ofUser: pseudonym) { throw RefoldError.usage("\(pseudonym) \(refusal.text)") }
  }
  if (plan.logs + plan.users).contains("-") {
    throw RefoldError.usage("a pseudonym is looked up in the log, which is then read again: name a file instead of -")
  }
  var plan = plan
  plan.onlyUsers = []
  let log = try ingest(plan, progress)
  let merger = try UserMerger(
    log.runs, slice: UserSlice(lower: nil, upper: nil),
    bufferSize: plan.resources.readBufferSize(runs: log.runs.count))
  var all: [UserID] = []
  while try merger.next() { all.append(merger.history.user) }
  return Set(try pseudonyms.map { try scheme.user($0, in: "the log") { all.forEach($0) } })
}
