import EventModel
import Folding
import JSONTape
import Rebuilding
import Reconciliation
import Running

/// Rules of a diff as an operator writes them: on the command line, or in a JSON file.
///
/// The file is `{"ignore": [RULE…], "tolerance": [RULE…], "allow": ["clock"…]}`; all members are optional. A rule is
/// `{"path": PATH, "projection": "TYPE[/KEY]", "why": TEXT}`. A rule for `tolerance` also has `"absolute"`,
/// `"relative"` or both. A rule for `ignore` may be the path alone. Unknown keys are an error.
package struct DiffRules: Sendable {
  package var fields = FieldRules()
  /// Causes that the file allows; `nil` if it does not say.
  package var allowed: Set<Cause>?

  private let catalogue: Catalogue

  /// - Parameter catalogue: the projections that a rule may name.
  package init(_ catalogue: Catalogue) { self.catalogue = catalogue }

  /// `--ignore [TYPE[/KEY]:]PATH`.
  package mutating func ignore(_ text: String) throws(RefoldError) {
    let (scope, path) = scoped(text)
    fields.ignores.append(FieldRules.Ignore(scope: scope, pattern: try DiffRules.pattern(path, "--ignore \(text)")))
  }

  /// `--tolerance [TYPE[/KEY]:]PATH=ABS[,REL]`.
  package mutating func tolerance(_ text: String) throws(RefoldError) {
    let fault = RefoldError.usage("--tolerance \(text): expected PATH=ABSOLUTE[,RELATIVE]")
    guard let equals = text.lastIndex(of: "=") else { throw fault }
    let numbers = text[text.index(after: equals)...].split(separator: ",", omittingEmptySubsequences: false)
    guard let absolute = Double(numbers[0]), absolute >= 0, absolute.isFinite, numbers.count <= 2 else { throw fault }
    var relative = 0.0
    if numbers.count == 2 {
      guard let number = Double(numbers[1]), number >= 0, number.isFinite else { throw fault }
      relative = number
    }
    let (scope, path) = scoped(String(text[..<equals]))
    fields.tolerances.append(
      FieldRules.Tolerance(
        scope: scope, pattern: try DiffRules.pattern(path, "--tolerance \(text)"), absolute: absolute,
        relative: relative))
  }

  /// Splits the scope, if there is one, from the path. A scope is recognised by its projection type.
  private func scoped(_ text: String) -> (RuleScope, String) {
    guard let colon = text.firstIndex(of: ":"), let scope = catalogue.scope(String(text[..<colon])) else {
      return (RuleScope(), text)
    }
    return (scope, String(text[text.index(after: colon)...]))
  }

  private static func pattern(_ text: String, _ what: String) throws(RefoldError) -> PathPattern {
    do throws(PathPattern.Fault) { return try PathPattern(text) } catch {
      throw .usage("\(what): \(error.reason)")
    }
  }

  /// Adds the rules of a file.
  package mutating func read(_ path: String) throws {
    let json: JSONTree
    do throws(JSONFault) { json = try readHandwritten(path) } catch {
      throw DiffError.rules(file: path, reason: error.reason)
    }
    let file = RuleReader(path: path, catalogue: catalogue)
    for member in try file.members(json, "the file") {
      switch member.key {
      case "ignore":
        for (index, entry) in try file.array(member.value, "ignore").enumerated() {
          fields.ignores.append(try file.ignore(entry, "ignore[\(index)]"))
        }
      case "tolerance":
        for (index, entry) in try file.array(member.value, "tolerance").enumerated() {
          fields.tolerances.append(try file.tolerance(entry, "tolerance[\(index)]"))
        }
      case "allow":
        var causes: Set<Cause> = []
        for entry in try file.array(member.value, "allow") {
          guard let cause = entry.string.flatMap(Cause.init(rawValue:)) else {
            throw file.fault("allow", "not a cause")
          }
          causes.insert(cause)
        }
        allowed = causes
      default: throw file.fault(member.key, "unknown key")
      }
    }
  }

  private struct RuleReader {
    let path: String
    let catalogue: Catalogue

    func fault(_ place: String, _ reason: String) -> DiffError { .rules(file: path, reason: "\(place): \(reason)") }

    func members(_ value: JSONTree, _ place: String) throws -> [JSONTree.Member] {
      guard let members = value.members else { throw fault(place, "not an object") }
      return members
    }

    func array(_ value: JSONTree, _ place: String) throws -> [JSONTree] {
      guard let elements = value.array else { throw fault(place, "not an array") }
      return elements
    }

    func ignore(_ value: JSONTree, _ place: String) throws -> FieldRules.Ignore {
      if let text = value.string { return FieldRules.Ignore(scope: RuleScope(), pattern: try pattern(text, place)) }
      let rule = try rule(value, place, keys: [])
      return FieldRules.Ignore(scope: rule.scope, pattern: rule.pattern)
    }

    func tolerance(_ value: JSONTree, _ place: String) throws -> FieldRules.Tolerance {
      let rule = try rule(value, place, keys: ["absolute", "relative"])
      func size(_ key: String) throws -> Double? {
        guard let value = value[key] else { return nil }
        guard let number = value.number, number >= 0 else { throw fault("\(place).\(key)", "not a number, 0 or more") }
        return number
      }
      let (absolute, relative) = (try size("absolute"), try size("relative"))
      if absolute == nil, relative == nil { throw fault(place, "neither absolute nor relative") }
      return FieldRules.Tolerance(
        scope: rule.scope, pattern: rule.pattern, absolute: absolute ?? 0, relative: relative ?? 0)
    }

    private func rule(
      _ value: JSONTree, _ place: String, keys: [String]
    ) throws -> (scope: RuleScope, pattern: PathPattern) {
      for member in try members(value, place) where !(["path", "projection", "why"] + keys).contains(member.key) {
        throw fault("\(place).\(member.key)", "unknown key")
      }
      guard let text = value["path"]?.string else { throw fault("\(place).path", "missing, or not a string") }
      if let why = value["why"], why.string == nil { throw fault("\(place).why", "not a string") }
      var scope = RuleScope()
      if let projection = value["projection"] {
        guard let known = projection.string.flatMap(catalogue.scope) else {
          throw fault("\(place).projection", "not a projection that is rebuilt")
        }
        scope = known
      }
      return (scope, try pattern(text, "\(place).path"))
    }

    private func pattern(_ text: String, _ place: String) throws -> PathPattern {
      do throws(PathPattern.Fault) { return try PathPattern(text) } catch { throw fault(place, error.reason) }
    }
  }
}

extension Catalogue {
  /// `TYPE` or `TYPE/KEY`.
  fileprivate func scope(_ text: String) -> RuleScope? { wanted(text).map { RuleScope(type: $0.type, key: $0.key) } }
}
