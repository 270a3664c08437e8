import EventModel
import Folding
import JSONTape
import Reporting

/// Collects the rows and failures of an observed fold.
struct ExplainedRows: FoldSink {
  private let names: [ProjectionName]
  /// The numbers of projections that a program computes. Of these no steps are known.
  private let outside: Set<Int>
  /// By the projection's number.
  private var rows: [Int: (data: JSONTree, lastEvent: EventID?)] = [:]
  /// By projection type.
  private(set) var failures: [String: ReducerFailure] = [:]

  init(_ catalogue: Catalogue) {
    names = catalogue.names
    outside = Set(names.indices.filter(catalogue.isOutside))
  }

  mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
    do throws(JSONFault) { rows[number] = (try JSONTree(parsing: Array(data)), lastEvent) } catch {
      preconditionFailure("a reducer writes JSON")
    }
  }

  mutating func failed(type: String, _ failure: ReducerFailure) { failures[type] = failure }

  /// All projections of the catalogue, in its order, each with its steps.
  func projections(_ steps: [any ProjectionSteps]) -> [Provenance.Projection] {
    names.enumerated().map { number, name in
      let outcome: Provenance.Projection.Outcome =
        if let failure = failures[name.type] {
          .failed(failure.code, event: failure.event, detail: Foreign(failure.detail))
        } else if let row = rows[number] {
          .row(row.data, lastEvent: row.lastEvent)
        } else {
          .noRow
        }
      let own = outside.contains(number) ? nil : steps.first { $0.belong(to: name) }
      return Provenance.Projection(name: name, outcome: outcome, steps: own)
    }
  }
}
