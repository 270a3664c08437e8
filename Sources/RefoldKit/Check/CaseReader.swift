import EventLog
import EventModel
import Glibc
import JSONTape
import Projections

extension RegressionCase {
  /// Reads the `case.json` of a folder.
  ///
  /// Unknown keys, values of another type, files that are missing or lie elsewhere and a case that could not fail are
  /// errors.
  /// - Parameter isRecording: whether files of what is expected may be missing, because they are to be written.
  package init(folder: String, isRecording: Bool = false) throws(CaseError) {
    let files = try CaseFiles(folder)
    let json: JSONTree
    do throws(JSONFault) { json = try JSONTree(parsing: try readWholeFile(files.description)) } catch {
      throw CaseError(file: files.description, place: nil, reason: error.reason)
    }
    try files.refuseUnknown(
      json, nil,
      [
        "why", "as_of", "events", "users", "profile", "only", "expected", "live", "labels", "not_recorded",
        "verification",
      ])
    guard let logs = try files.list(json, "events"), !logs.isEmpty else {
      throw files.fault("events", "missing: the files of the log")
    }
    self.init(folder: folder, asOf: try files.instant(json, "as_of"), logs: logs)
    why = try files.text(json, "why")
    users = try files.list(json, "users") ?? []
    profile = try files.file(json, "profile")
    only = try files.projections(json)
    live = try files.list(json, "live") ?? []
    notRecorded = try files.users(json, "not_recorded")
    verification = try files.file(json, "verification")
    try readExpected(json["expected"], files, isRecording)
    if let labels = try files.file(json, "labels", mayBeMissing: isRecording) {
      if differences != nil { throw files.fault("labels", "beside expected.differences: one of the two") }
      differences = .labels(labels)
    }
    if differences != nil, live.isEmpty {
      throw files.fault("live", "missing: labels and differences are about live rows")
    }
    if isUnrecorded, verification != nil { throw files.fault("verification", "needs the live rows it is about") }
  }

  private mutating func readExpected(
    _ expected: JSONTree?, _ files: CaseFiles, _ isRecording: Bool
  ) throws(CaseError) {
    guard let expected else { return }
    try files.refuseUnknown(expected, "expected", ["projections", "failures", "differences"])
    projections = try files.file(expected, "projections", in: "expected", mayBeMissing: isRecording)
    failures = try files.file(expected, "failures", in: "expected", mayBeMissing: isRecording)
    if let objects = expected["differences"]?.array {
      var differences: [RecordedDifference] = []
      for (index, object) in objects.enumerated() {
        let place = "expected.differences[\(index)]"
        differences.append(try RecordedDifference(object, files.description, place))
      }
      self.differences = .inline(differences)
    } else if let file = try files.file(expected, "differences", in: "expected", mayBeMissing: isRecording) {
      differences = .file(file)
    }
  }
}

/// The files of a case folder, and what can be wrong with how `case.json` names them.
private struct CaseFiles {
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

  func text(_ json: JSONTree, _ key: String) throws(CaseError) -> String? {
    guard let value = json[key] else { return nil }
    guard let text = value.string else { throw fault(key, "not a string") }
    return text
  }

  func instant(_ json: JSONTree, _ key: String) throws(CaseError) -> Instant {
    guard let text = try text(json, key) else { throw fault(key, "missing: the instant taken for now") }
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

  func projections(_ json: JSONTree) throws(CaseError) -> ProjectionFilter {
    var filter = ProjectionFilter()
    guard let value = json["only"] else { return filter }
    guard let elements = value.array, !elements.isEmpty else { throw fault("only", "not an array of projections") }
    for (index, element) in elements.enumerated() {
      guard let wanted = element.string.flatMap(ProjectionFilter.wanted) else {
        throw fault("only[\(index)]", "not a projection that is rebuilt: TYPE or TYPE/KEY")
      }
      filter.wanted.append(wanted)
    }
    return filter
  }

  // MARK: Files

  /// One path or an array of them; each may name a directory, which stands for the files in it.
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
      // Its folder must be there, and inside, all the same.
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

  private static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static var systemReason: String { String(cString: strerror(errno)).lowercased() }
}

extension ProjectionFilter {
  /// `TYPE` or `TYPE/KEY` of the catalogue; `nil` for anything else.
  package static func wanted(_ text: String) -> (type: String, key: String?)? {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard
      ProjectionCatalog.names.contains(where: { $0.type == parts[0] && (parts.count == 1 || $0.key == parts[1]) })
    else { return nil }
    return (parts[0], parts.count > 1 ? parts[1] : nil)
  }
}
