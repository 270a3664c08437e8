import ArgumentParser
import Comparing
import EventModel
import Rebuilding
import Running
import SnapshotStore

/// The key of pseudonyms, on every command that writes them or takes one.
struct PseudonymOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Make pseudonyms with the key in this file, at least \(PseudonymKey.least) bytes; only who has it can tell whose \
      they are.
      """,
      valueName: "file"), completion: .file())
  var pseudonymKey: String?

  /// The files that are read.
  var files: [String] { [pseudonymKey].compactMap { $0 } }

  /// How users and events are named where their ids are not. Call once: the key may come from a pipe.
  func scheme() throws -> PseudonymScheme {
    guard let pseudonymKey else { return .unkeyed }
    return PseudonymScheme(key: try PseudonymKey(file: pseudonymKey) { Terminal.error("note: \($0)") })
  }
}

/// A user by id, or by the pseudonym in a report where a snapshot or a log is at hand.
enum NamedUserArgument: ExpressibleByArgument {
  case id(UserID)
  case pseudonym(String)

  init?(argument: String) {
    if let id = UserID(argument) {
      self = .id(id)
    } else if PseudonymScheme.isUser(argument) {
      self = .pseudonym(argument)
    } else {
      return nil
    }
  }

  var isID: Bool {
    if case .id = self { true } else { false }
  }

  /// The user's id. O(users of the snapshot) for a pseudonym.
  func id(in snapshot: String, _ scheme: PseudonymScheme) throws -> UserID {
    switch self {
    case .id(let id): id
    case .pseudonym(let pseudonym): try SnapshotReader(snapshot).user(withPseudonym: pseudonym, scheme)
    }
  }
}

extension [NamedUserArgument] {
  /// The ids of all of them; empty if one is a pseudonym, which only a snapshot or a log can tell.
  var knownIDs: Set<UserID> {
    var ids: Set<UserID> = []
    for user in self {
      guard case .id(let id) = user else { return [] }
      ids.insert(id)
    }
    return ids
  }

  /// The ids of all of them. If one is a pseudonym, the whole log is read.
  func ids(in log: IngestPlan, _ scheme: PseudonymScheme, _ meter: ProgressMeter) throws -> Set<UserID> {
    var ids: Set<UserID> = []
    var pseudonyms: [String] = []
    for user in self {
      switch user {
      case .id(let id): ids.insert(id)
      case .pseudonym(let pseudonym): pseudonyms.append(pseudonym)
      }
    }
    if pseudonyms.isEmpty { return ids }
    return ids.union(try users(withPseudonyms: pseudonyms, in: log, scheme, meter))
  }
}
