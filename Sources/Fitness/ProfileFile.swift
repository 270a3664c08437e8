import EventModel
import Folding
import JSONTape
import TimeZones

/// A profile as a JSON file. A file can contain any of the members that `refold profile` prints.
extension Profile: DomainProfile {
  /// The whole profile as a JSON value, members in a fixed order.
  package var json: JSONTree { .object(wording + [.init("time_zones", timeZones.json)]) }

  /// Default time zones are left out: the digest is then that of earlier profiles, which had no time zones.
  package var digested: JSONTree { timeZones == ZoneNames() ? .object(wording) : json }

  /// Name, texts and constants.
  private var wording: [JSONTree.Member] {
    func capability(_ texts: CapabilityTexts) -> JSONTree {
      .object([
        .init("insufficient", .array(texts.insufficient.map(JSONTree.string))),
        .init("degraded", .array(texts.degraded.map(JSONTree.string))),
      ])
    }
    return [
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
    ]
  }

  /// Replaces the members that a JSON value has; all others stay as they are. Unknown members are an error.
  package mutating func override(by json: JSONTree) throws(ProfileFault) {
    func fail(_ path: String, _ reason: String) -> ProfileFault {
      ProfileFault("\(path.isEmpty ? "profile" : path): \(reason)")
    }
    func members(_ value: JSONTree, _ path: String) throws(ProfileFault) -> [JSONTree.Member] {
      guard let members = value.members else { throw fail(path, "not an object") }
      return members
    }
    func string(_ value: JSONTree, _ path: String) throws(ProfileFault) -> String {
      guard let text = value.string else { throw fail(path, "not a string") }
      return text
    }
    func strings(_ value: JSONTree, _ path: String) throws(ProfileFault) -> [String] {
      guard let elements = value.array else { throw fail(path, "not an array of strings") }
      var texts: [String] = []
      for element in elements { texts.append(try string(element, path)) }
      return texts
    }
    func overrideTexts(_ value: JSONTree) throws(ProfileFault) {
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
      case "time_zones":
        for entry in try members(member.value, "time_zones") {
          let path = "time_zones.\(entry.key)"
          switch entry.key {
          case "names":
            let unknown = timeZones.restrict(to: entry.value == .null ? nil : try strings(entry.value, path))
            if let name = unknown.first {
              let others = unknown.count > 1 ? " and \(unknown.count - 1) more" : ""
              let release = TimeZoneDatabase.release
              throw fail(path, "\(name)\(others): not in the built-in time zone database (\(release))")
            }
          case "directory_names":
            guard let names = ZoneNames.DirectoryNames(rawValue: try string(entry.value, path)) else {
              throw fail(
                path, "not one of " + ZoneNames.DirectoryNames.allCases.map(\.rawValue).joined(separator: ", "))
            }
            timeZones.directoryNames = names
          default: throw fail(path, "unknown key")
          }
        }
      default: throw fail(member.key, "unknown key")
      }
    }
  }
}

extension ZoneNames {
  /// `names` is null if all names of the built-in database are known.
  fileprivate var json: JSONTree {
    .object([
      .init("names", names.map { .array($0.map(JSONTree.string)) } ?? .null),
      .init("directory_names", .string(directoryNames.rawValue)),
    ])
  }
}
