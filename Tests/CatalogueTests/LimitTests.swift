import EventModel
import ExampleDomain
import Fitness
import Folding
import JSONTape
import Testing

/// What a catalogue refuses at start. Without these checks, the mistakes would show only as wrong rows.
@Suite("a catalogue refuses what it cannot hold")
struct LimitTests {
  /// A projection with a reducer that does nothing.
  private static func projection(
    _ type: String, _ version: String, keys: [ConstantName] = ["one"], requires: String? = nil
  ) -> Projection<Made> {
    Projection(
      ProjectionSchema(
        type: type, version: version, keys: keys, triggers: [.setLogged], sources: [.setLogged], inferredFrom: [],
        clock: nil, stamp: nil, requires: requires, words: [], texts: [], drift: [], observations: nil, quality: nil,
        isObserved: false)
    ) { _ in NoRows() }
  }

  /// A domain of some projections.
  private struct Made: Domain {
    let projections: [Projection<Made>]
    var vocabulary: Vocabulary { .fitness }
  }

  private static func catalogue(_ projections: [Projection<Made>]) -> Catalogue {
    Catalogue(Made(projections: projections))
  }

  private final class NoRows: ProjectionFold {
    func fold(_ history: EventHistory, asOf: Instant, into rows: RowBuffer) {}
  }

  @Test("keys that do not ascend, a repeated version, a missing requirement, a chain of requirements")
  func shapes() async {
    await #expect(processExitsWith: .failure) {
      _ = LimitTests.catalogue([LimitTests.projection("a", "1", keys: ["two", "one"])])
    }
    await #expect(processExitsWith: .failure) {
      _ = LimitTests.catalogue([LimitTests.projection("a", "1"), LimitTests.projection("a", "1")])
    }
    await #expect(processExitsWith: .failure) {
      _ = LimitTests.catalogue([LimitTests.projection("a", "1", requires: "b")])
    }
    await #expect(processExitsWith: .failure) {
      _ = LimitTests.catalogue([
        LimitTests.projection("a", "1", requires: "b"), LimitTests.projection("b", "1", requires: "c"),
        LimitTests.projection("c", "1"),
      ])
    }
    await #expect(processExitsWith: .success) {
      _ = LimitTests.catalogue([LimitTests.projection("a", "1", requires: "b"), LimitTests.projection("b", "1")])
    }
  }

  @Test("127 rows per user are accepted, 128 refused")
  func rows() async {
    await #expect(processExitsWith: .success) {
      let catalogue = LimitTests.catalogue((0..<127).map { LimitTests.projection("type \(1000 + $0)", "1") })
      precondition(catalogue.names.count == 127 && catalogue.number(of: catalogue.names[126]) == 126)
    }
    await #expect(processExitsWith: .failure) {
      _ = LimitTests.catalogue((0..<128).map { LimitTests.projection("type \(1000 + $0)", "1") })
    }
  }

  @Test("a table of 255 names is accepted, of 256 refused; every event type fits in a set of types")
  func tables() async {
    await #expect(processExitsWith: .success) { _ = FieldTable([ConstantName](repeating: "", count: 255)) }
    await #expect(processExitsWith: .failure) { _ = FieldTable([ConstantName](repeating: "", count: 256)) }
    for type in Vocabulary.fitness.eventTypes {
      #expect(Vocabulary.fitness.names(of: [type]) == [type.name.description])
    }
    for field in Vocabulary.fitness.fields {
      let number = Array(field.name.description.utf8).withUnsafeBytes {
        Vocabulary.fitness.tables.dataFields.index(of: $0)
      }
      #expect(number == field.rawValue)
    }
  }

  @Test("a row under a key that the schema does not have stops the run")
  func rowsOfNobody() async {
    await #expect(processExitsWith: .failure) {
      var sink = Nowhere()
      try UserFold(LimitTests.catalogue([LimitTests.strayRow]), profile: NoProfile()).fold(
        [], of: FoldedUser(UserID(high: 0, low: 0), isExported: false), asOf: Instant(microseconds: 0), into: &sink)
    }
  }

  private static let strayRow = Projection<Made>(projection("a", "1").schema) { _ in StrayRow() }

  private final class StrayRow: ProjectionFold {
    func fold(_ history: EventHistory, asOf: Instant, into rows: RowBuffer) throws(ReducerFailure) {
      try rows.row(7, lastEvent: nil) { $0.integer(1) }
    }
  }

  private struct Nowhere: FoldSink {
    mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?) {}
    mutating func failed(type: String, _ failure: ReducerFailure) {}
  }
}
