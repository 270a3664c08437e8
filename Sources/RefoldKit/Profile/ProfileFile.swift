import Crypto
import JSONTape
import Projections

/// A profile as a JSON file: the same members as `refold profile` prints, any part of them.
extension Profile {
  /// The whole profile as a JSON value, members in a fixed order.
  package var json: JSONTree {
    func capability(_ texts: CapabilityTexts) -> JSONTree {
      .object([
        .init("insufficient", .array(texts.insufficient.map(JSONTree.string))),
        .init("degraded", .array(texts.degraded.map(JSONTree.string))),
      ])
    }
    return .object([
      .init("profile", .string(name)),
      .init(
        "texts",
        .object(
          ProfileText.all.map { .init($0.name, .string(texts[keyPath: $0.path])) }
            + [
              .init(
                "capabilities",
                .object(ProfileCapability.all.map { .init($0.name, capability(texts[keyPath: $0.path])) })),
              .init(
                "warnings", .object(ProfileText.warnings.map { .init($0.name, .string(texts[keyPath: $0.path])) })),
            ])),
      .init(
        "constants",
        .object(
          ProfileConstant.all.map { constant in
            let value = constants[keyPath: constant.path]
            return .init(constant.name, constant.isCount ? .integer(Int64(value)) : .double(value))
          })),
    ])
  }

  /// SHA-256 of the profile's canonical JSON: equal for profiles of equal content.
  package var digest: String { hex(SHA256.hash(data: json.canonicalBytes)) }

  /// Takes over what a JSON value says; members it does not have stay. Unknown ones are an error.
  package mutating func override(by json: JSONTree, file: String) throws(RefoldError) {
    func fail(_ path: String, _ reason: String) -> RefoldError {
      .profile(file: file, reason: "\(path.isEmpty ? "profile" : path): \(reason)")
    }
    func members(_ value: JSONTree, _ path: String) throws(RefoldError) -> [JSONTree.Member] {
      guard let members = value.members else { throw fail(path, "not an object") }
      return members
    }
    func string(_ value: JSONTree, _ path: String) throws(RefoldError) -> String {
      guard let text = value.string else { throw fail(path, "not a string") }
      return text
    }
    func strings(_ value: JSONTree, _ path: String) throws(RefoldError) -> [String] {
      guard let elements = value.array else { throw fail(path, "not an array of strings") }
      var texts: [String] = []
      for element in elements { texts.append(try string(element, path)) }
      return texts
    }
    func overrideTexts(_ value: JSONTree) throws(RefoldError) {
      for member in try members(value, "texts") {
        let path = "texts.\(member.key)"
        if let text = ProfileText.all.first(where: { $0.name == member.key }) {
          texts[keyPath: text.path] = try string(member.value, path)
        } else if member.key == "warnings" {
          for warning in try members(member.value, path) {
            guard let text = ProfileText.warnings.first(where: { $0.name == warning.key }) else {
              throw fail("\(path).\(warning.key)", "unknown key")
            }
            texts[keyPath: text.path] = try string(warning.value, "\(path).\(warning.key)")
          }
        } else if member.key == "capabilities" {
          for entry in try members(member.value, path) {
            guard let capability = ProfileCapability.all.first(where: { $0.name == entry.key }) else {
              throw fail("\(path).\(entry.key)", "unknown key")
            }
            for list in try members(entry.value, "\(path).\(entry.key)") {
              let listPath = "\(path).\(entry.key).\(list.key)"
              let values = try strings(list.value, listPath)
              switch list.key {
              case "insufficient": texts[keyPath: capability.path].insufficient = values
              case "degraded": texts[keyPath: capability.path].degraded = values
              default: throw fail(listPath, "unknown key")
              }
            }
          }
        } else {
          throw fail(path, "unknown key")
        }
      }
    }
    for member in try members(json, "") {
      switch member.key {
      case "profile": name = try string(member.value, "profile")
      case "texts": try overrideTexts(member.value)
      case "constants":
        for entry in try members(member.value, "constants") {
          let path = "constants.\(entry.key)"
          guard let constant = ProfileConstant.all.first(where: { $0.name == entry.key }) else {
            throw fail(path, "unknown key")
          }
          guard let value = entry.value.number, value >= 0, value <= 1e6 else {
            throw fail(path, "not a number from 0 to 1,000,000")
          }
          if constant.isCount, value != value.rounded() { throw fail(path, "not a whole number") }
          if !constant.isCount || constant.name == "required_observations", value == 0 {
            throw fail(path, "must be greater than 0")
          }
          constants[keyPath: constant.path] = value
        }
      default: throw fail(member.key, "unknown key")
      }
    }
  }
}

/// A text's name in a profile file and where it is kept.
private struct ProfileText: @unchecked Sendable {
  var name: String
  var path: WritableKeyPath<Profile.Texts, String>

  static let all = [
    ProfileText(name: "timezone_assumption", path: \.timezoneAssumption),
    ProfileText(name: "default_objective", path: \.defaultObjective),
    ProfileText(name: "stale_reference", path: \.staleReference),
  ]

  static let warnings = [
    ProfileText(name: "objective_trackability_gap", path: \.trackabilityGap),
    ProfileText(name: "objective_default_inferred", path: \.defaultInferred),
    ProfileText(name: "objective_metric_staleness", path: \.metricStaleness),
    ProfileText(name: "objective_override_review_due", path: \.overrideReviewDue),
  ]
}

private struct ProfileCapability: @unchecked Sendable {
  var name: String
  var path: WritableKeyPath<Profile.Texts, Profile.CapabilityTexts>

  static let all = [
    ProfileCapability(name: "strength_1rm", path: \.strength),
    ProfileCapability(name: "sprint_max_speed", path: \.sprint),
    ProfileCapability(name: "jump_height", path: \.jump),
    ProfileCapability(name: "endurance_threshold", path: \.endurance),
  ]
}
