import Comparing
import EventLog
import EventModel
import Folding
import Rebuilding
import SnapshotStore

/// The projection types that a case has recorded. Only these are compared, so a type that is added to refold later does
/// not change the outcome of the case.
extension CaseRun {
  /// The catalogue of the types that the case covers, and of the types that those require.
  ///
  /// The types are those of `recorded`. Without it, they are those of the expected rows and failures or, if neither is
  /// recorded, of the live rows and their expected differences. `only` adds its types. If nothing is recorded yet: all
  /// types.
  func recordedCatalogue() throws -> Catalogue {
    var types = description.recorded ?? []
    if description.recorded == nil {
      if let path = description.projections, exists(path) {
        types.formUnion(try self.types(of: path, form: .ndjson))
      }
      if let path = description.failures, exists(path) {
        types.formUnion(try recordedFailures(path).map(\.projectionType))
      }
      if description.projections == nil, description.failures == nil {
        types.formUnion(try expectedDifferences().map(\.name.type))
        for path in description.live { types.formUnion(try self.types(of: path, form: liveForm(path))) }
      }
    }
    types.formUnion(description.only.wanted.map(\.type))
    if types.isEmpty { return catalogue }
    // A type that is not in the catalogue is reported when the rows are compared.
    types.formUnion(types.compactMap { catalogue[type: $0]?.requires })
    return catalogue.holding(types)
  }

  private func types(of path: String, form: RecordForm?) throws -> Set<String> {
    var plan = DiffPlan(catalogue)
    plan.live = [path]
    plan.liveForm = form
    plan.liveReading = description.reading
    plan.resources = resources
    let side = try readLiveSide(plan, progress)
    guard case .export(let export) = side else { return Set(catalogue.schemas.map(\.type)) }
    let bufferSize = resources.readBufferSize(runs: export.runs.count)
    let rows = try LiveRows(catalogue, side, slice: UserSlice(lower: nil, upper: nil), bufferSize: bufferSize)
    var types: Set<String> = []
    while rows.nextUser != nil {
      try rows.next()
      for row in rows.rows { types.insert(row.name(catalogue).type) }
    }
    return types
  }
}
