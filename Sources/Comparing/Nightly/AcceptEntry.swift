import EventModel
import Formatting
import JSONTape
import Reporting

/// A line of an accept file: it accepts one difference of one row, until the difference changes.
package struct AcceptEntry: Sendable {
  package enum User: Hashable, Sendable {
    case id(UserID)
    /// As ``PseudonymScheme`` makes them.
    case pseudonym(String)

    var text: String {
      switch self {
      case .id(let id): id.description
      case .pseudonym(let name): name
      }
    }

    func pseudonym(_ scheme: PseudonymScheme) -> String {
      switch self {
      case .id(let id): scheme.user(id)
      case .pseudonym(let name): name
      }
    }
  }

  /// The last day or instant at which it accepts the difference.
  package struct Until: Sendable {
    /// As written.
    var text: String
    /// The first instant at which it accepts nothing any more.
    var end: Instant
  }

  /// The file and the line that it is in; `nil` for a new entry.
  var place: (file: String, line: Int)?
  var user: User
  var projection: ProjectionName
  /// For people: the digest covers them.
  var causes: [Cause]
  /// The difference's fingerprint.
  var digest: String
  var until: Until?
  var why: String?
  var issue: String?

  func isExpired(_ now: Instant) -> Bool { until.map { $0.end <= now } ?? false }

  var note: AcceptanceNote {
    AcceptanceNote(
      why: why.map { Foreign($0) }, issue: issue.map { Foreign($0) }, until: until.map { Foreign($0.text) })
  }

  /// What it accepts.
  struct Identity: Hashable {
    var user: User
    var projection: ProjectionName
    var digest: String
  }

  var identity: Identity { Identity(user: user, projection: projection, digest: digest) }

  /// Order in a file: by user, projection and digest.
  static func precedes(_ a: AcceptEntry, _ b: AcceptEntry) -> Bool {
    if a.user != b.user { return a.user.text < b.user.text }
    return a.projection == b.projection ? a.digest < b.digest : a.projection < b.projection
  }

  /// Writes the line, without its end.
  func write(to json: inout CanonicalWriter) {
    json.beginObject()
    json.key("user_id")
    json.string(user.text)
    json.key("projection")
    json.string(projection.description)
    json.key("causes")
    json.beginArray()
    for cause in causes { json.string(cause.rawValue) }
    json.endArray()
    json.key("digest")
    json.string(digest)
    if let until {
      json.key("until")
      json.string(until.text)
    }
    if let why {
      json.key("why")
      json.string(why)
    }
    if let issue {
      json.key("issue")
      json.string(issue)
    }
    json.endObject()
  }
}
