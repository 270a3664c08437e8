import Folding

/// Names of the program's domain, for the examples in help.
enum Examples {
  private static var catalogue: Catalogue { ProgramDomain.catalogue }

  static let user = "08a74b44-65f4-477d-9dbe-1c12c0d105b6"
  static var firstType: String { catalogue.names.first?.type ?? "TYPE" }
  static var type: String { catalogue.names.last?.type ?? "TYPE" }
  static var projection: String { catalogue.names.dropFirst().first?.description ?? "\(type)/KEY" }
  static var firstBackfill: String { catalogue.backfills.first?.name ?? "all" }
  static var lastBackfill: String { catalogue.backfills.last?.name ?? "all" }
}
