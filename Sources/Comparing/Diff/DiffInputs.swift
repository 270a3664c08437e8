import EventModel
import Hashing
import JSONTape
import Platform
import Rebuilding
import Reconciliation
import Reporting
import Running
import SnapshotStore

/// What a diff compared, and with which filters and rules, as its report records it. Reports of partitions can be added
/// up only if their inputs match.
struct DiffInputs: Sendable {
  let json: JSONTree

  /// - Parameter digestsLive: whether to read exports again for their digests.
  init(_ plan: DiffPlan, _ reader: SnapshotReader, live: LiveSide, digestsLive: Bool) throws {
    json = .object([
      .init("snapshot", DiffInputs.identity(reader)),
      .init("live", try DiffInputs.live(plan, live, digestsLive: digestsLive)),
      .init("projections", .array(plan.filter.names.map(JSONTree.string))),
      .init(
        "users",
        .array(
          plan.onlyUsers.sorted().map { .string(plan.isRedacted ? plan.pseudonyms.user($0) : $0.description) })),
      .init("rules", plan.rules.json),
      .init("pseudonym_key", plan.isRedacted ? plan.pseudonyms.key.map { .string($0.tag) } ?? .null : .null),
      .init("unseen_within_seconds", .double(Double(plan.unseenWithin) / 1e6)),
    ])
  }

  private static func identity(_ reader: SnapshotReader) -> JSONTree {
    func value(_ key: String) -> JSONTree { reader.manifestValue(key).map { .string($0) } ?? .null }
    // What all parts of a run have in common. For a whole snapshot, the digest says more.
    let run = reader.manifest.filter { PartManifest.isShared($0.key) }.map {
      JSONTree.Member($0.key, .string($0.value))
    }
    return .object([
      .init("part", .bool(reader.isPart)), .init("digest", value("digest.snapshot")), .init("run", .object(run)),
    ])
  }

  private static func live(_ plan: DiffPlan, _ live: LiveSide, digestsLive: Bool) throws -> JSONTree {
    switch live {
    case .snapshot(let path): .object([.init("snapshot", identity(try SnapshotReader(path)))])
    case .export:
      .object([
        .init("files", .array(try plan.live.map { digestsLive ? try fileDigest($0) : .null }))
      ])
    }
  }

  /// The SHA-256 of a file; null for input that can be read only once.
  private static func fileDigest(_ path: String) throws -> JSONTree {
    var status = stat()
    guard path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return .null }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw MalformedInput(file: path, reason: String(cString: strerror(errno)).lowercased()) }
    defer { close(descriptor) }
    var hash = SHA256()
    var block = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw MalformedInput(file: path, reason: String(cString: strerror(errno)).lowercased()) }
      if count == 0 { return .string(hex(hash.finalize())) }
      block.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }
}

extension FieldRules {
  /// The rules in the order they were given.
  fileprivate var json: JSONTree {
    func rule(_ scope: RuleScope, _ pattern: PathPattern) -> [JSONTree.Member] {
      let projection = scope.type.map { type in JSONTree.string(type + (scope.key.map { "/" + $0 } ?? "")) }
      return [.init("projection", projection ?? .null), .init("path", .string(pattern.text))]
    }
    return .object([
      .init("ignore", .array(ignores.map { .object(rule($0.scope, $0.pattern)) })),
      .init(
        "tolerance",
        .array(
          tolerances.map {
            .object(
              rule($0.scope, $0.pattern) + [
                .init("absolute", .double($0.absolute)), .init("relative", .double($0.relative)),
              ])
          })),
    ])
  }
}
