import ArgumentParser
import Folding
import Platform
import Programs
import Running

/// The reducers to fold with: versions of refold's own, and programs.
struct ReducerOptions: ParsableArguments {
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      """
      Fold this projection type with this version of its reducer, or fold with the program that this file describes; \
      repeatable. Default: the newest version of each.
      """,
      valueName: "type=version|file"),
    completion: .file())
  var reducers: [String] = []

  @OptionGroup var running: ProgramOptions

  func validate() throws { _ = try ReducerChoice(reducers, option: "--reducers") }

  /// The catalogue of the chosen versions and programs.
  func catalogue(_ resources: Resources) throws -> Catalogue { try catalogue(running.launcher(resources)) }

  func catalogue(_ programs: ProgramLauncher) throws -> Catalogue {
    try ReducerChoice(reducers, option: "--reducers").catalogue(programs)
  }

  /// The files that are read.
  var files: [String] { ReducerChoice.files(reducers) }
}

/// The programs that made a snapshot, on the commands that compare one: they run where the log is folded again.
struct SnapshotReducerOptions: ParsableArguments {
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      """
      With --log: the file of a reducer program that made the snapshot; repeatable. Versions are those that made it; \
      with --expected, TYPE=VERSION chooses them.
      """,
      valueName: "file"), completion: .file())
  var reducers: [String] = []

  @OptionGroup var running: ProgramOptions

  /// Refuses versions beside a snapshot.
  func validate(isSnapshot: Bool) throws {
    let choice = try ReducerChoice(reducers, option: "--reducers")
    if isSnapshot, let (type, version) = choice.versions.first {
      throw ValidationError(
        "--reducers \(type)=\(version): a snapshot has the versions that made it; name a program's file")
    }
  }

  /// The catalogue with these programs.
  func programs(_ resources: Resources) throws -> Catalogue {
    try ReducerChoice(reducers, option: "--reducers").catalogue(running.launcher(resources))
  }

  /// The files that are read.
  var files: [String] { ReducerChoice.files(reducers) }
}

/// How reducer programs are run.
struct ProgramOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How long a reducer program may take for one user. Default: \(ProgramSettings.usualTimeout).",
      valueName: "seconds"))
  var reducerTimeout: Int?

  @Option(
    help: ArgumentHelp(
      "Write the standard error of reducer programs to this file. Default: kept in --temp after an error only.",
      valueName: "file"), completion: .file())
  var reducerStderr: String?

  func validate() throws {
    if let reducerTimeout, !(1...86_400).contains(reducerTimeout) {
      throw ValidationError("--reducer-timeout takes a number of seconds, 1 to 86,400")
    }
    if reducerStderr == "-" { throw ValidationError("--reducer-stderr takes a file") }
  }

  /// What runs the programs of one command.
  func launcher(_ resources: Resources) -> ProgramLauncher {
    var settings = ProgramSettings()
    settings.timeout = reducerTimeout ?? ProgramSettings.usualTimeout
    settings.errorFile = reducerStderr
    settings.temporaryDirectory = resources.temporaryDirectory
    return ProgramLauncher(settings)
  }
}

/// Versions and program files as given on the command line.
struct ReducerChoice {
  /// Versions by projection type.
  private(set) var versions: [String: String] = [:]
  /// Program files.
  private(set) var files: [String] = []
  private let option: String

  /// Throws a `ValidationError` for a text that is neither a known version nor an existing file.
  init(_ texts: [String], option: String) throws {
    self.option = option
    for text in texts {
      if !ReducerChoice.namesVersion(text), access(text, F_OK) == 0 {
        files.append(text)
        continue
      }
      let (type, version) = try ReducerChoice.parts(of: text, option: option)
      if versions.updateValue(version, forKey: type) != nil {
        throw ValidationError("\(option): \(ReducerChoice.quoted(type)) is named twice")
      }
    }
    _ = try own()
  }

  func catalogue(_ programs: ProgramLauncher) throws -> Catalogue {
    let own = try own()
    if files.isEmpty { return own }
    let catalogue: Catalogue
    do { catalogue = try own.replacing(try files.map { try programs.program($0) }) } catch let fault as OutsideFault {
      throw RefoldError.usage("\(option): \(fault)")
    }
    let folded = Set(catalogue.ownVersions.map(\.type))
    for (type, version) in versions.sorted(by: { $0.key < $1.key }) where !folded.contains(type) {
      throw RefoldError.usage("\(option) \(type)=\(version): a program answers for all keys of \(type); choose one")
    }
    return catalogue
  }

  private func own() throws -> Catalogue {
    do throws(VersionError) { return try ProgramDomain.catalogue.choosing(versions) } catch {
      throw ValidationError("\(option): \(ReducerChoice.message(error))")
    }
  }

  /// Whether the text is `TYPE=VERSION` with a known type.
  static func namesVersion(_ text: String) -> Bool {
    guard let equals = text.firstIndex(of: "=") else { return false }
    return ProgramDomain.catalogue[type: String(text[..<equals])] != nil
  }

  /// The texts that are files.
  static func files(_ texts: [String]) -> [String] { texts.filter { !namesVersion($0) && access($0, F_OK) == 0 } }

  private static func parts(of text: String, option: String) throws -> (type: String, version: String) {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex, text.index(after: equals) != text.endIndex
    else {
      let file = text.contains("=") ? "" : "; there is no file of that name"
      throw ValidationError(
        "\(option) \(quoted(text)): expected TYPE=VERSION, such as \(example), or a program's file; there are \(known(ProgramDomain.catalogue))\(file)"
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
