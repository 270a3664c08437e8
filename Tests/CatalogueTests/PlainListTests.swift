import EventModel
import TestSupport
import Testing

@testable import Folding

/// Lists that are reused from user to user must hold what arrays would.
@Suite("lists that keep their memory")
struct PlainListTests {
  @Test("a list equals an array after any sequence of changes", arguments: [1, 2, 3] as [UInt64])
  func asArray(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let list = PlainList<Int>(capacity: 1)
    var array: [Int] = []
    for step in 0..<2_000 {
      switch Int.random(in: 0..<100, using: &random) {
      case 0:
        list.removeAll()
        array.removeAll()
      case 1:
        let kept = Int.random(in: 1...3, using: &random)
        list.removeAll { $0 % kept != 0 }
        array.removeAll { $0 % kept != 0 }
      case 2 where !array.isEmpty:
        let position = Int.random(in: 0..<array.count, using: &random)
        list[position] = -step
        array[position] = -step
      default:
        list.append(step)
        array.append(step)
      }
      #expect(list.count == array.count && list.isEmpty == array.isEmpty)
      #expect(list.elements.elementsEqual(array), "step \(step)")
    }
  }

  @Test("endings contain every id that was inserted")
  func endings() {
    var random = SeededGenerator(seed: 5)
    var endings = IDEndings()
    let ids = (0..<40).map { _ in EventID(high: random.next(), low: random.next()) }
    for id in ids {
      endings.insert(id)
      #expect(endings.contains(id))
    }
    #expect(ids.allSatisfy(endings.contains))
    var one = IDEndings()
    one.insert(EventID(high: 0, low: 0x0041))
    #expect(!one.contains(EventID(high: 0, low: 0x0042)))
    #expect(!one.contains(EventID(high: 0, low: 0x0081)))
    #expect(one.contains(EventID(high: 7, low: 0xF041)))
  }
}
