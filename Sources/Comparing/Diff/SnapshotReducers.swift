import EventModel
import Folding
import Rebuilding
import SnapshotStore

extension DiffPlan {
  /// The plan with the catalogue of its snapshot: the types that were folded, in the versions that made the snapshot.
  package func bound() throws -> DiffPlan { try bound(to: SnapshotReader(snapshot)) }

  package func bound(to reader: SnapshotReader) throws -> DiffPlan {
    var plan = self
    plan.catalogue = try catalogue.of(reader, mustFold: !log.logs.isEmpty)
    return plan
  }
}

extension Catalogue {
  /// The types of a snapshot, in the versions that made it.
  ///
  /// A version that this refold does not have is replaced by the chosen version of this catalogue, unless the reducers
  /// must run.
  ///
  /// - Parameter mustFold: whether the reducers must run. A version that this refold does not have is then an error.
  func of(_ snapshot: SnapshotReader, mustFold: Bool) throws -> Catalogue {
    let made = snapshot.reducers
    guard !made.isEmpty else {
      throw SnapshotError(
        .damaged, path: snapshot.path, reason: "its manifest names no reducers", advice: "rebuild it")
    }
    var versions: [String: String] = [:]
    for (type, version) in made {
      guard let schema = self[type: type] else {
        throw ReducersError.unknownType(snapshot: snapshot.path, type: Foreign(type))
      }
      if self.versions(of: type).contains(where: { $0.version == version }) {
        versions[type] = version
      } else if mustFold {
        throw ReducersError.unknownVersion(
          snapshot: snapshot.path, type: schema.type, version: Foreign(version),
          known: self.versions(of: type).map(\.version))
      }
    }
    let types = Set(made.map(\.type))
    if let schema = schemas.first(where: { types.contains($0.type) && $0.requires.map { !types.contains($0) } ?? false }
    ) {
      throw SnapshotError(
        .damaged, path: snapshot.path, reason: "its manifest names \(schema.type) without the type that it requires",
        advice: "rebuild it")
    }
    do throws(VersionError) { return try holding(types).choosing(versions) } catch {
      preconditionFailure("a version that was looked up")
    }
  }
}

extension SnapshotReader {
  /// The reducer versions in which this snapshot differs from another one, from the other snapshot's to this one's.
  func otherReducers(than other: SnapshotReader) -> [Foreign] {
    let (mine, theirs) = (reducers, other.reducers)
    let types = Set((mine + theirs).map(\.type)).sorted()
    return types.compactMap { type in
      let (before, after) = (theirs.first { $0.type == type }?.version, mine.first { $0.type == type }?.version)
      if before == after { return nil }
      return "\(before ?? "no \(type)") → \(after ?? "no \(type)")"
    }
  }

  /// The versions of the reducers that made the snapshot, by type.
  package var reducers: [(type: String, version: String)] {
    manifest.filter { $0.key.hasPrefix(Manifest.reducer) }.map {
      (String($0.key.dropFirst(Manifest.reducer.count)), $0.value)
    }
  }
}

/// A snapshot was made by reducers that this refold does not have.
package enum ReducersError: Error, CustomStringConvertible {
  case unknownType(snapshot: String, type: Foreign)
  case unknownVersion(snapshot: String, type: String, version: Foreign, known: [String])

  package var description: String {
    switch self {
    case .unknownType(let snapshot, let type):
      """
      \(snapshot) holds rows of \(type.text), a projection that this refold does not know; use the refold that made it
      """
    case .unknownVersion(let snapshot, let type, let version, let known):
      """
      \(snapshot) was made with version \(version.text) of \(type), which this refold does not have (it has \
      \(known.joined(separator: ", "))); rebuild it, or use the refold that made it
      """
    }
  }
}
