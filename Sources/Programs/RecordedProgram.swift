import Folding
import JSONTape

/// A program as a snapshot's manifest records it: what it answers for is known, but it cannot be asked.
package final class RecordedProgram: OutsideReducers {
  package let name: String
  package let version: String
  package let digest: String
  package let projections: [OutsideProjection]

  package init(name: String, version: String, digest: String, projections: [OutsideProjection]) {
    self.name = name
    self.version = version
    self.digest = digest
    self.projections = projections
  }

  package func ask(_ question: OutsideQuestion, into answer: OutsideAnswer) throws(OutsideFault) {
    throw OutsideFault("the rows are of the program \(name), which is not here; give it with --reducers FILE")
  }
}
