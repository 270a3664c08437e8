import ArgumentParser
import Folding

/// The versions of the reducers to fold with.
struct ReducerOptions: ParsableArguments {
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Fold this projection type with this version of its reducer; repeatable. Default: the newest of each.",
      valueName: "type=version"))
  var reducers: [String] = []

  func validate() throws { _ = try catalogue() }

  /// The program's projections in the chosen versions.
  func catalogue() throws -> Catalogue { try ReducerChoice.catalogue(reducers, option: "--reducers") }
}

/// Versions as given on the command line.
enum ReducerChoice {
  static func catalogue(_ texts: [String], option: String) throws -> Catalogue {
    var versions: [String: String] = [:]
    for text in texts {
      let (type, version) = try parts(of: text, option: option)
      if versions.updateValue(version, forKey: type) != nil {
        throw ValidationError("\(option): \(quoted(type)) is named twice")
      }
    }
    do throws(VersionError) { return try ProgramDomain.catalogue.choosing(versions) } catch {
      throw ValidationError("\(option): \(message(error))")
    }
  }

  /// Whether the text is `TYPE=VERSION` with a known type.
  static func names(_ text: String) -> Bool {
    guard let equals = text.firstIndex(of: "=") else { return false }
    return ProgramDomain.catalogue[type: String(text[..<equals])] != nil
  }

  private static func parts(of text: String, option: String) throws -> (type: String, version: String) {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex, text.index(after: equals) != text.endIndex
    else {
      throw ValidationError(
        "\(option) \(quoted(text)): expected TYPE=VERSION, such as \(example); there are \(known(ProgramDomain.catalogue))"
      )
    }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }

  private static var example: String {
    ProgramDomain.catalogue.schemas.first.map { "\($0.type)=\($0.shortVersion ?? $0.version)" } ?? ""
  }

  private static func known(_ catalogue: Catalogue) -> String {
    catalogue.all.map { "\($0.type)=\($0.version)" }.joined(separator: ", ")
  }

  private static func message(_ error: VersionError) -> String {
    if error.known.isEmpty {
      return "no projection type is called \(quoted(error.type)); there are \(error.types.joined(separator: ", "))"
    }
    return "\(error.type) has no version \(quoted(error.version)); it has \(error.known.joined(separator: ", "))"
  }

  private static func quoted(_ text: String) -> String { "'\(text)'" }
}
