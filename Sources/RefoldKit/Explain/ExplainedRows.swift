import EventModel
import JSONTape
import Projections
import Reporting

/// Collects the rows and failures of an observed fold.
struct ExplainedRows: FoldSink {
  private var rows: [ProjectionName: (data: JSONTree, lastEvent: EventID?)] = [:]
  /// By projection type.
  private(set) var failures: [String: ReducerFailure] = [:]

  mutating func row(type: String, key: StaticString, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
    let tree = (try? JSONTree(parsing: Array(data))) ?? .null
    rows[ProjectionName(type: type, key: key.description)] = (tree, lastEvent)
  }

  mutating func failed(type: String, _ failure: ReducerFailure) { failures[type] = failure }

  /// All projections of the catalogue, in its order, each with its steps.
  func projections(_ steps: [ProjectionSteps]) -> [Provenance.Projection] {
    ProjectionCatalog.names.map { name in
      let outcome: Provenance.Projection.Outcome =
        if let failure = failures[name.type] {
          .failed(failure.code, event: failure.event, detail: Foreign(failure.detail))
        } else if let row = rows[name] {
          .row(row.data, lastEvent: row.lastEvent)
        } else {
          .noRow
        }
      return Provenance.Projection(name: name, outcome: outcome, steps: steps.first { $0.belong(to: name) })
    }
  }
}

extension ProjectionSteps {
  fileprivate func belong(to name: ProjectionName) -> Bool {
    switch self {
    case .capability(let steps): name.key == steps.capability
    case .objectiveState: name.type == ProjectionCatalog.clocklessType
    case .objectiveAdvisory: name.type == ProjectionCatalog.advisoryType
    }
  }
}
