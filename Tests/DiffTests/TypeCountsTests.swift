import Testing

@testable import Comparing

@Suite("counts of types that no reducer writes")
struct TypeCountsTests {
  private static let names = (0..<3 * TypeCounts.limit).map { "type_\($0)" }

  @Test("the first names in order are kept, with all their rows, however they arrive and counts are added up")
  func order() {
    let kept = TypeCountsTests.names.sorted().prefix(TypeCounts.limit)
    let rows = TypeCountsTests.names.flatMap { [$0, $0] }
    for order in [rows, rows.reversed(), rows.sorted(), rows.sorted().reversed()] {
      var whole = TypeCounts()
      for name in order { whole.add(name) }
      #expect(whole.named.map(\.type) == Array(kept))
      #expect(whole.named.allSatisfy { $0.rows == 2 })
      #expect(whole.unnamed == 4 * TypeCounts.limit)
      #expect(whole.rows == rows.count)

      var parts = (TypeCounts(), TypeCounts(), TypeCounts())
      for (index, name) in order.enumerated() {
        switch index % 3 {
        case 0: parts.0.add(name)
        case 1: parts.1.add(name)
        default: parts.2.add(name)
        }
      }
      parts.2.add(parts.0)
      parts.2.add(parts.1)
      #expect(parts.2 == whole)
    }
  }

  @Test("a name longer than the limit is not kept")
  func longName() {
    var counts = TypeCounts()
    counts.add(String(repeating: "a", count: TypeCounts.longest))
    counts.add(String(repeating: "a", count: TypeCounts.longest + 1), rows: 3)
    #expect(counts.named.map(\.rows) == [1])
    #expect(counts.unnamed == 3)
  }
}
