import CZstd
import EventModel
import JSONTape

/// What a packed log was packed for. Two packs can be joined, and a pack can be read, only if this fits.
public struct PackHeader: Hashable, Sendable {
  /// What is kept of each event.
  public enum Kind: String, Sendable {
    /// What the reducers read, packed as the fold reads it.
    case read
    /// Every column, as JSON text in the form of `jsonb`.
    case all
  }

  public var kind: Kind
  /// The names of the event types that are read, by number from 1 on. Empty for ``Kind/all``, like all lists of names.
  public var types: [String] = []
  /// The members of `data` that are read, by number from 1 on.
  public var fields: [String] = []
  /// The numbers' names for `metadata`; empty texts are numbers of members that are read of `data` only.
  public var metadataFields: [String] = []
  /// Nested members that are stored as a number, from 32 on.
  public var memberNames: [String] = []
  /// The types whose events are kept with all their columns besides.
  public var wholeTypes: [String] = []
  /// `I/N` if the file is a piece of a split log, with the users of one partition; empty for a whole log.
  public var partition = ""
  /// Checksum of all lists of names, in a piece: its lists are empty, because there are many pieces and most are small.
  var names = ""

  public init(kind: Kind) { self.kind = kind }

  /// The header of a piece of a log that is split among partitions.
  ///
  /// - Parameter partition: `I/N`.
  public func piece(_ partition: String) -> PackHeader {
    var piece = PackHeader(kind: kind)
    piece.partition = partition
    piece.names = json.canonicalBytes.withUnsafeBytes { String(XXHash64.hash($0), radix: 16) }
    return piece
  }

  /// The form of the file. A reader refuses any other.
  static let version = 1
  /// How events are packed. It changes whenever the same event would be packed as other bytes.
  static let decoder = 1
  /// The compression of blocks. Blocks of another release of the library may have other bytes, so they are not copied.
  static let compression = "zstd \(String(cString: ZSTD_versionString())) level \(compressionLevel)"
  static let compressionLevel: Int32 = 1

  /// The header as the file has it.
  var json: JSONTree {
    func list(_ names: [String]) -> JSONTree { .array(names.map { .string($0) }) }
    return .object(
      [
        .init("compression", .string(PackHeader.compression)), .init("decoder", .integer(Int64(PackHeader.decoder))),
        .init("fields", list(fields)), .init("kind", .string(kind.rawValue)), .init("member_names", list(memberNames)),
        .init("metadata_fields", list(metadataFields)),
      ] + (partition.isEmpty ? [] : [.init("names", .string(names)), .init("partition", .string(partition))]) + [
        .init("types", list(types)),
        .init("version", .integer(Int64(PackHeader.version))), .init("whole_types", list(wholeTypes)),
      ])
  }

  /// The header, and the compression of the file's blocks; `nil` if the JSON is not a header of this version.
  static func read(_ json: JSONTree) -> (header: PackHeader, compression: String)? {
    func list(_ key: String) -> [String]? {
      guard let array = json[key]?.array else { return nil }
      let names = array.compactMap(\.string)
      return names.count == array.count ? names : nil
    }
    guard let kind = json["kind"]?.string.flatMap({ Kind(rawValue: $0) }), let types = list("types"),
      let fields = list("fields"), let metadata = list("metadata_fields"), let members = list("member_names"),
      let whole = list("whole_types"), let compression = json["compression"]?.string
    else { return nil }
    var header = PackHeader(kind: kind)
    header.types = types
    header.fields = fields
    header.metadataFields = metadata
    header.memberNames = members
    header.wholeTypes = whole
    if let partition = json["partition"] {
      guard let partition = partition.string, !partition.isEmpty, let names = json["names"]?.string else { return nil }
      header.partition = partition
      header.names = names
    }
    return (header, compression)
  }
}
