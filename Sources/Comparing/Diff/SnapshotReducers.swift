import EventModel
import Folding
import JSONTape
import Programs
import Rebuilding
import SnapshotStore

extension DiffPlan {
  /// The plan with the catalogue of its snapshot: the types that were folded, in the versions that made the snapshot.
  package func bound() throws -> DiffPlan { try bound(to: SnapshotReader(snapshot)) }

  package func bound(to reader: SnapshotReader) throws -> DiffPlan {
    var plan = self
    plan.catalogue = try catalogue.bound(to: reader, mustFold: !log.logs.isEmpty)
    plan.log.vocabulary = plan.catalogue.vocabulary
    return plan
  }
}

extension Catalogue {
  /// The types of a snapshot, in the versions and with the programs that made it.
  ///
  /// A version that this refold does not have is replaced by the chosen version of this catalogue, unless the reducers
  /// must run. A program is known from the manifest; it is run only if this catalogue has it too.
  ///
  /// - Parameter mustFold: whether the reducers must run. A version or a program that is not here is then an error.
  package func bound(to snapshot: SnapshotReader, mustFold: Bool) throws -> Catalogue {
    let (made, programs) = (snapshot.reducers, try snapshot.programs())
    guard !made.isEmpty || !programs.isEmpty else {
      throw SnapshotError(
        .damaged, path: snapshot.path, reason: "its manifest names no reducers", advice: "rebuild it")
    }
    let base = own
    var versions: [String: String] = [:]
    for (type, version) in made {
      guard let schema = base[type: type] else {
        throw ReducersError.unknownType(snapshot: snapshot.path, type: Foreign(type))
      }
      if base.versions(of: type).contains(where: { $0.version == version }) {
        versions[type] = version
      } else if mustFold {
        throw ReducersError.unknownVersion(
          snapshot: snapshot.path, type: schema.type, version: Foreign(version),
          known: base.versions(of: type).map(\.version))
      }
    }
    let types = Set(made.map(\.type)).union(programs.flatMap { $0.projections.map(\.type) })
    if let schema = base.schemas.first(where: {
      types.contains($0.type) && $0.requires.map { !types.contains($0) } ?? false
    }) {
      throw SnapshotError(
        .damaged, path: snapshot.path, reason: "its manifest names \(schema.type) without the type that it requires",
        advice: "rebuild it")
    }
    let catalogue: Catalogue
    do throws(VersionError) { catalogue = try base.holding(types).choosing(versions) } catch {
      preconditionFailure("a version that was looked up")
    }
    return try catalogue.replacing(try self.programs(madeBy: programs, snapshot.path, mustFold: mustFold))
  }

  /// The programs that made a snapshot: this catalogue's own where it has them.
  private func programs(
    madeBy recorded: [RecordedProgram], _ snapshot: String, mustFold: Bool
  ) throws(ReducersError) -> [any OutsideReducers] {
    if let other = outside.first(where: { given in !recorded.contains { $0.name == given.name } }) {
      throw .otherProgram(snapshot: snapshot, program: other.name)
    }
    var programs: [any OutsideReducers] = []
    for program in recorded {
      guard let given = outside.first(where: { $0.name == program.name }) else {
        if mustFold { throw .programMissing(snapshot: snapshot, program: Foreign(program.name)) }
        programs.append(program)
        continue
      }
      if given.digest != program.digest || given.version != program.version {
        throw .programDiffers(
          snapshot: snapshot, program: given.name, was: Foreign("\(program.version) \(program.digest.prefix(8))"),
          given: "\(given.version) \(given.digest.prefix(8))")
      }
      programs.append(given)
    }
    return programs
  }
}

extension SnapshotReader {
  /// The reducer versions in which this snapshot differs from another one, from the other snapshot's to this one's.
  func otherReducers(than other: SnapshotReader) -> [Foreign] {
    let (mine, theirs) = (reducers + programLines, other.reducers + other.programLines)
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

extension SnapshotReader {
  /// The programs that made rows of the snapshot, sorted by name.
  package func programs() throws(SnapshotError) -> [RecordedProgram] {
    var programs: [RecordedProgram] = []
    for line in manifest where line.key.hasPrefix(Manifest.program) && line.key.hasSuffix(".digest") {
      let key = String(line.key.dropLast(".digest".count))
      guard let version = manifestValue(key), let text = manifestValue(key + ".projections"),
        let json = try? JSONTree(parsing: Array(text.utf8)), let projections = ReducerFile.projections(json)
      else {
        throw SnapshotError(
          .damaged, path: path, reason: "its manifest names a program without what it answers for",
          advice: "rebuild it")
      }
      programs.append(
        RecordedProgram(
          name: String(key.dropFirst(Manifest.program.count)), version: version, digest: line.value,
          projections: projections))
    }
    return programs
  }

  /// The programs with their versions and digests, for a comparison of snapshots.
  fileprivate var programLines: [(type: String, version: String)] {
    manifest.filter { $0.key.hasPrefix(Manifest.program) && $0.key.hasSuffix(".digest") }.map { line in
      let key = String(line.key.dropLast(".digest".count))
      let version = manifestValue(key).map { "\($0) " } ?? ""
      return (String(key.dropFirst(Manifest.program.count)), version + line.value.prefix(8))
    }
  }
}

/// A snapshot was made by reducers that this refold does not have.
package enum ReducersError: Error, CustomStringConvertible {
  case unknownType(snapshot: String, type: Foreign)
  case unknownVersion(snapshot: String, type: String, version: Foreign, known: [String])
  case programMissing(snapshot: String, program: Foreign)
  case programDiffers(snapshot: String, program: String, was: Foreign, given: String)
  case otherProgram(snapshot: String, program: String)

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
    case .programMissing(let snapshot, let program):
      "\(snapshot) was made by the reducer program \(program.text): give it with --reducers FILE"
    case .programDiffers(let snapshot, let program, let was, let given):
      """
      \(snapshot) was made by \(program) \(was.text), not by the \(program) \(given) that is given; rebuild it, or give \
      the program that made it
      """
    case .otherProgram(let snapshot, let program):
      "\(snapshot) was not made by the reducer program \(program); rebuild it with that program, or leave it out"
    }
  }
}
