import EventLog
import EventModel
import Folding
import JSONTape
import Platform
import Running

/// The files of a log: exports, and packed logs.
package struct LogInputs: Sendable {
  /// Exports, in the order given.
  package var files: [String] = []
  package var packs: [PackedLog] = []
  /// Paths of pieces of split logs, all of the same partition. They are read like exports, one at a time.
  package var pieces: [String] = []

  /// Whether the log is one packed log and nothing else.
  var isOnePack: Bool { packs.count == 1 && files.isEmpty && pieces.isEmpty }

  /// A log without packed logs.
  package init(files: [String]) { self.files = files }

  /// Opens the packed logs among some paths. Throws if one is damaged, or was packed for other readers.
  ///
  /// - Parameters:
  ///   - logs: files, directories or `-`.
  ///   - reader: what the reader of the log needs.
  ///   - partition: the partition whose pieces may be read; `nil`: no piece.
  package init(_ logs: [String], for reader: PackReader, piecesOf partition: UserPartition? = nil) throws {
    for path in try expandLogPaths(logs) {
      guard PackedLog.isPack(path) else {
        files.append(path)
        continue
      }
      let pack = try PackedLog(path)
      if !pack.header.partition.isEmpty {
        guard pack.header.partition == partition?.description else {
          throw StorageFault(path: path, reason: LogInputs.strayPiece(pack.header.partition, partition))
        }
        if let reason = reader.refuses(piece: pack.header) { throw StorageFault(path: path, reason: reason) }
        pieces.append(path)
        continue
      }
      if let reason = reader.refuses(pack.header) { throw StorageFault(path: path, reason: reason) }
      packs.append(pack)
    }
  }

  private static func strayPiece(_ piece: String, _ partition: UserPartition?) -> String {
    guard let partition else {
      return
        "is a piece of a split log, with the users of partition \(piece); refold fold --partition \(piece) reads it, and "
        + "refold diff of the part"
    }
    return "is a piece of partition \(piece), not \(partition)"
  }

  /// Ids of records that were left out of the packs because one was marked as deleted.
  package var deletedIDs: Set<EventID> { packs.reduce(into: []) { $0.formUnion($1.summary.deletedIDs) } }
  /// Users whose events the packs drop.
  package var droppedUsers: Set<UserID> { packs.reduce(into: []) { $0.formUnion($1.summary.droppedUsers) } }
}

/// What a command reads of packed logs.
package enum PackReader: Sendable {
  /// What a vocabulary names.
  case reducers(Vocabulary)
  /// All columns of each event.
  case everything

  /// Why a piece with that header cannot be read; `nil` if it can.
  func refuses(piece header: PackHeader) -> String? {
    guard case .reducers(let vocabulary) = self,
      header == PackHeader(.read, vocabulary).piece(header.partition)
    else { return "was packed for other reducers; split the log again for these" }
    return nil
  }

  /// Why a pack with that header cannot be read; `nil` if it can.
  func refuses(_ header: PackHeader) -> String? {
    if header.kind == .all { return nil }
    switch self {
    case .everything: return "was packed without --all-fields, and all fields are needed here; pack the log with it"
    case .reducers(let vocabulary):
      let own = PackHeader(.read, vocabulary)
      if header == own { return nil }
      let names: [(name: String, packed: [String], read: [String])] = [
        ("event types", header.types, own.types), ("fields", header.fields, own.fields),
        ("fields of metadata", header.metadataFields, own.metadataFields),
        ("whole event types", header.wholeTypes, own.wholeTypes),
      ]
      let missing = names.lazy.compactMap { list in
        list.read.first { !list.packed.contains($0) }.map { "\(list.name): \($0) is missing" }
      }
      let what = missing.first ?? "other names, or in another order"
      return "was packed for other reducers (\(what)); pack the log again for these, or with --all-fields"
    }
  }
}

extension PackHeader {
  /// The header of a pack of a domain's events.
  package init(_ kind: Kind, _ vocabulary: Vocabulary) {
    self.init(kind: kind)
    if kind == .all { return }
    types = vocabulary.eventTypes.map(\.name.description)
    fields = vocabulary.fields.map(\.name.description)
    metadataFields = vocabulary.fields.map { vocabulary.metadataFields.contains($0) ? $0.name.description : "" }
    memberNames = KnownNames.all
    wholeTypes = vocabulary.names(of: vocabulary.wholeTypes).sorted()
  }
}

/// Whether there are pieces of split logs among some paths.
package func holdPieces(_ logs: [String]) throws -> Bool {
  try expandLogPaths(logs).contains { path in
    PackedLog.isPack(path) ? try !PackedLog(path).header.partition.isEmpty : false
  }
}

/// Whether a path names a packed log.
package func isPackedLog(_ path: String) -> Bool { PackedLog.isPack(path) }

/// Whether two paths name the same file; `false` if one of them names none.
package func sameFile(_ one: String, _ other: String) -> Bool {
  var (first, second) = (stat(), stat())
  return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev
    && first.st_ino == second.st_ino
}
