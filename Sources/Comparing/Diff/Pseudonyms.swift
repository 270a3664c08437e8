import EventModel
import Formatting
import Hashing
import Reporting
import Running
import SnapshotStore

extension NameStyle {
  /// Pseudonyms from the first 48 bits of the SHA-256 of `refold:` and the id. They are the same in every report.
  package static let pseudonyms = NameStyle(user: { userMark + digits($0) }, event: { "event-" + digits($0) })

  /// What the pseudonym of a user begins with.
  package static let userMark = "user-"
  fileprivate static let length = 12

  fileprivate static func digits(_ id: UUID128) -> String {
    String(hex(SHA256.hash(data: Array("refold:\(id)".utf8))).prefix(length))
  }

  /// Whether a text has the form of a user's pseudonym.
  package static func isUserPseudonym(_ text: String) -> Bool {
    text.hasPrefix(userMark) && text.utf8.count == userMark.utf8.count + length
      && text.dropFirst(userMark.count).utf8.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
      }
  }

  /// The query that finds out, in the live database, which user has a pseudonym.
  package static func lookup(_ pseudonym: String) -> String {
    "SELECT id FROM users WHERE left(encode(sha256(convert_to('refold:' || id, 'UTF8')), 'hex'), \(length)) = "
      + "'\(pseudonym.dropFirst(userMark.count))'"
  }
}

extension SnapshotReader {
  /// The user who has a pseudonym. O(users).
  package func user(withPseudonym pseudonym: String) throws -> UserID {
    let cursor = try users()
    var found: [UserID] = []
    while let user = try cursor.next() {
      if NameStyle.pseudonyms.user(user.id) == pseudonym { found.append(user.id) }
    }
    guard let user = found.first else {
      throw RefoldError.usage("no user of \(path) has the pseudonym \(pseudonym)")
    }
    if found.count > 1 { throw RefoldError.usage("\(found.count) users have the pseudonym \(pseudonym): name the id") }
    return user
  }
}

/// Replaces all ids in a text by pseudonyms. O(n).
package func redacted(_ text: String) -> String {
  let bytes = Array(text.utf8)
  var result: [UInt8] = []
  var at = 0
  while at < bytes.count {
    // Any 36 bytes that form an id, whatever surrounds them.
    if at + 36 <= bytes.count, let id = UserID(String(decoding: bytes[at..<at + 36], as: UTF8.self)) {
      result += Array("id-\(NameStyle.digits(id))".utf8)
      at += 36
    } else {
      result.append(bytes[at])
      at += 1
    }
  }
  return String(decoding: result, as: UTF8.self)
}
