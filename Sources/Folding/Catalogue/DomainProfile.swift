import EventModel
import JSONTape

/// The texts and constants that belong to a deployment and not to the algorithm. `--profile` names a file of them.
public protocol DomainProfile: Sendable {
  var name: String { get }
  /// The whole profile, with members in a fixed order. `refold profile` prints it, and ``override(by:)`` reads it.
  var json: JSONTree { get }
  /// The value from which the profile's digest is computed: equal for profiles of equal content.
  var digested: JSONTree { get }
  /// Each text that rows can contain, and its use.
  var wordings: [Wording] { get }
  /// Replaces the members that a JSON value has; all others stay as they are. Unknown members are an error.
  mutating func override(by json: JSONTree) throws(ProfileFault)
}

/// An error in a profile file, with its place: `constants.required_observations: not a whole number`.
public struct ProfileFault: Error, Sendable {
  public let reason: String

  public init(_ reason: String) { self.reason = reason }
}

/// The profile of a domain that has no texts or constants to choose.
public struct NoProfile: DomainProfile {
  public var name: String { "builtin" }
  public var json: JSONTree { .object([.init("profile", .string(name))]) }
  public var digested: JSONTree { json }
  public var wordings: [Wording] { [] }

  public init() {}

  public mutating func override(by json: JSONTree) throws(ProfileFault) {
    guard let members = json.members else { throw ProfileFault("profile: not an object") }
    if let other = members.first(where: { $0.key != "profile" }) {
      throw ProfileFault("\(other.key): unknown key, as this domain has no profile")
    }
  }
}
