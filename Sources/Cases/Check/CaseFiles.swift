import EventLog
import EventModel
import Folding
import Formatting
import JSONTape
import Platform
import Programs

/// The files of a case folder. Reads values and file paths from `case.json` and validates them.
struct CaseFiles {
  private let folder: String
  /// The folder without symbolic links.
  private let root: String
  /// The path of `case.json`.
  let description: String

  init(_ folder: String) throws(CaseError) {
    self.folder = folder
    description = folder + "/" + RegressionCase.fileName
    guard let root = CaseFiles.real(folder) else {
      throw CaseError(file: folder, place: nil, reason: CaseFiles.systemReason)
    }
    self.root = root
  }

  func fault(_ place: String?, _ reason: String) -> CaseError {
    CaseError(file: description, place: place, reason: reason)
  }

  func refuseUnknown(_ json: JSONTree, _ place: String?, _ known: [String]) throws(CaseError) {
    guard let members = json.members else { throw fault(place, "not an object") }
    for member in members where !known.contains(member.key) {
      let path = (place.map { $0 + "." } ?? "") + member.key
      throw fault(path, "unknown key; known are \(known.joined(separator: ", "))")
    }
  }

  // MARK: Values

  func text(_ json: JSONTree, _ key: String, in parent: String? = nil) throws(CaseError) -> String? {
    guard let value = json[key] else { return nil }
    guard let text = value.string else { throw fault(place(key, parent), "not a string") }
    return text
  }

  private func place(_ key: String, _ parent: String?) -> String { (parent.map { $0 + "." } ?? "") + key }

  /// A string or an array of strings.
  func texts(_ json: JSONTree, _ key: String, in parent: String? = nil) throws(CaseError) -> [String] {
    guard let value = json[key] else { return [] }
    if let text = value.string { return [text] }
    guard let texts = value.array?.compactMap(\.string), texts.count == value.array?.count else {
      throw fault(place(key, parent), "not an array of strings")
    }
    return texts
  }

  func flag(_ json: JSONTree, _ key: String, in parent: String) throws(CaseError) -> Bool {
    guard let value = json[key] else { return false }
    guard case .bool(let isOn) = value else { throw fault(place(key, parent), "not true or false") }
    return isOn
  }

  func instant(_ json: JSONTree, _ key: String) throws(CaseError) -> Instant {
    guard let text = try text(json, key) else { throw fault(key, "missing: the instant to use as now") }
    do throws(TimestampText.Fault) { return try TimestampText.parse(text) } catch {
      throw fault(key, "not an instant with an offset")
    }
  }

  func users(_ json: JSONTree, _ key: String) throws(CaseError) -> Set<UserID> {
    guard let value = json[key] else { return [] }
    guard let elements = value.array else { throw fault(key, "not an array of user ids") }
    var users: Set<UserID> = []
    for (index, element) in elements.enumerated() {
      guard let user = element.string.flatMap({ UserID($0) }) else { throw fault("\(key)[\(index)]", "not a user id") }
      users.insert(user)
    }
    return users
  }

  func projections(_ json: JSONTree, _ catalogue: Catalogue) throws(CaseError) -> ProjectionFilter {
    var filter = ProjectionFilter()
    guard let value = json["only"] else { return filter }
    guard let elements = value.array, !elements.isEmpty else { throw fault("only", "not an array of projections") }
    for (index, element) in elements.enumerated() {
      guard let wanted = element.string.flatMap(catalogue.wanted) else {
        throw fault("only[\(index)]", "not a projection that is rebuilt: TYPE or TYPE/KEY")
      }
      filter.wanted.append(wanted)
    }
    return filter
  }

  /// The catalogue with the reducers that `case.json` chooses: an object of versions by projection type, or what
  /// `--reducers` takes, as a text or a list of texts. Program files are relative to the folder.
  func reducers(
    _ json: JSONTree, _ catalogue: Catalogue, _ programs: ProgramLauncher?
  ) throws(CaseError) -> Catalogue {
    guard let value = json["reducers"] else { return catalogue }
    var versions: [String: String] = [:]
    var paths: [String] = []
    if let members = value.members {
      for member in members {
        guard let version = member.value.string else { throw fault("reducers.\(member.key)", "not a version") }
        versions[member.key] = version
      }
    } else {
      for text in try texts(json, "reducers") {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, catalogue[type: parts[0]] != nil else {
          paths.append(text)
          continue
        }
        if versions.updateValue(parts[1], forKey: parts[0]) != nil {
          throw fault("reducers", "\(parts[0]) is named twice")
        }
      }
    }
    let chosen: Catalogue
    do throws(VersionError) { chosen = try catalogue.choosing(versions) } catch {
      let reason =
        error.known.isEmpty
        ? "not a projection type; there are \(error.types.joined(separator: ", "))"
        : "not a version of it that this refold has; it has \(error.known.joined(separator: ", "))"
      throw fault("reducers.\(error.type)", reason)
    }
    if paths.isEmpty { return chosen }
    guard let programs else {
      throw fault("reducers", "names a program, which is run only with --allow-programs: \(Foreign(paths[0]).text)")
    }
    do {
      return try chosen.replacing(
        try paths.map { try programs.program($0.hasPrefix("/") ? $0 : folder + "/" + $0) })
    } catch { throw fault("reducers", "\(error)") }
  }

  /// Projection types; `nil` if the key is missing.
  func types(_ json: JSONTree, _ key: String, _ catalogue: Catalogue) throws(CaseError) -> Set<String>? {
    guard let value = json[key] else { return nil }
    guard let elements = value.array, !elements.isEmpty else { throw fault(key, "not an array of projection types") }
    var types: Set<String> = []
    for (index, element) in elements.enumerated() {
      guard let type = element.string, catalogue[type: type] != nil else {
        throw fault("\(key)[\(index)]", "not a projection type that is rebuilt")
      }
      types.insert(type)
    }
    return types
  }

  // MARK: Files

  /// A path or an array of paths. A path may name a directory, which means all the files in it.
  func list(_ json: JSONTree, _ key: String) throws(CaseError) -> [String]? {
    guard let value = json[key] else { return nil }
    guard let elements = value.array else { return [try path(value, key, mayBeDirectory: true)] }
    if elements.isEmpty { throw fault(key, "names no file") }
    var paths: [String] = []
    for (index, element) in elements.enumerated() {
      paths.append(try path(element, "\(key)[\(index)]", mayBeDirectory: true))
    }
    return paths
  }

  func file(
    _ json: JSONTree, _ key: String, in parent: String? = nil, mayBeMissing: Bool = false
  ) throws(CaseError) -> String? {
    guard let value = json[key] else { return nil }
    return try path(value, (parent.map { $0 + "." } ?? "") + key, mayBeMissing: mayBeMissing)
  }

  private func path(
    _ value: JSONTree, _ place: String, mayBeDirectory: Bool = false, mayBeMissing: Bool = false
  ) throws(CaseError) -> String {
    guard let name = value.string else { throw fault(place, "not a path") }
    let steps = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !name.isEmpty, !name.utf8.contains(0), steps.allSatisfy({ !$0.isEmpty && $0 != "." }) else {
      throw fault(place, "not a path in the case folder")
    }
    if steps.contains("..") { throw fault(place, "leaves the case folder") }
    let path = folder + "/" + name
    var status = stat()
    if stat(path, &status) != 0 {
      // A missing file must lie directly in the case folder; only then is its parent known to exist and to be inside.
      guard mayBeMissing, errno == ENOENT, steps.count == 1 else { throw fault(place, CaseFiles.systemReason) }
      return path
    }
    try checkInside(path, place)
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR where mayBeDirectory:
      let shards: [String]
      do throws(MalformedInput) { shards = try expandLogPaths([path]) } catch { throw fault(place, error.reason) }
      for shard in shards { try checkInside(shard, place) }
    case S_IFDIR: throw fault(place, "is a directory where a file is expected")
    default: throw fault(place, "is not a regular file")
    }
    return path
  }

  private func checkInside(_ path: String, _ place: String) throws(CaseError) {
    guard let real = CaseFiles.real(path) else { throw fault(place, CaseFiles.systemReason) }
    if !real.hasPrefix(root == "/" ? root : root + "/") { throw fault(place, "leaves the case folder by a link") }
  }

  /// Refuses a file that `--record` would write if the case also names it for something else.
  func refuseShared(written: [(place: String, path: String?)], read: [String]) throws(CaseError) {
    var taken = Set((read + [description]).compactMap(CaseFiles.real))
    for (place, path) in written {
      guard let path else { continue }
      if !taken.insert(CaseFiles.real(path) ?? path).inserted {
        throw fault(place, "is also named as another file of the case")
      }
    }
  }

  private static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static var systemReason: String { String(cString: strerror(errno)).lowercased() }
}
