import EventModel
import JSONTape

/// What belongs to a deployment and not to the algorithm: texts, constants. Read from the file of `--profile`.
public protocol DomainProfile: Sendable {
  var name: String { get }
  /// Everything, members in a fixed order: what `refold profile` prints and ``override(by:)`` reads.
  var json: JSONTree { get }
  /// What the digest of the profile is taken of: equal for profiles of equal content.
  var digested: JSONTree { get }
  /// Each text that rows can hold, and what it is used for.
  var wordings: [Wording] { get }
  /// Takes over what a JSON value says. Members it does not have stay as they are; unknown ones are an error.
  mutating func override(by json: JSONTree) throws(ProfileFault)
}

/// What is wrong in a profile file, and where: `constants.required_observations: not a whole number`.
public struct ProfileFault: Error, Sendable {
  public let reason: String

  public init(_ reason: String) { self.reason = reason }
}

/// A domain without texts and constants to choose.
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
