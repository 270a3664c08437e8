import EventModel
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import JSONTape

@Suite struct CommonTextsTests {
  private func number(of text: String, in store: CommonTexts.Store) -> UInt16 {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBytes { store.number(of: $0, TapeWalker.hash(ofString: $0)) }
  }

  private func text(_ number: UInt16, in store: CommonTexts.Store) -> String {
    String(decoding: store.text(number), as: UTF8.self)
  }

  @Test func aTextHasOneNumberAndANumberOneText() {
    let store = CommonTexts.Store(capacity: 64)
    let texts = (0..<64).map { String(repeating: "x", count: $0 % 20) + "\($0)" }
    let numbers = texts.map { number(of: $0, in: store) }
    #expect(Set(numbers).count == 64 && !numbers.contains(0))
    for (text, number) in zip(texts, numbers) {
      #expect(self.text(number, in: store) == text)
      #expect(self.number(of: text, in: store) == number)
    }
    #expect(store.count == 64)
  }

  @Test func withoutNumbersLeftATextNeverGetsOne() {
    let store = CommonTexts.Store(capacity: 2)
    #expect(number(of: "a", in: store) == 1)
    #expect(number(of: "b", in: store) == 2)
    for _ in 0..<3 { #expect(number(of: "c", in: store) == 0) }
    #expect(number(of: "a", in: store) == 1)
    #expect(text(2, in: store) == "b")
  }

  @Test func onlyNamesOfThingsMayHaveOne() {
    func mayBe(_ text: String) -> Bool { Array(text.utf8).withUnsafeBytes { CommonTexts.mayBe($0) } }
    #expect(mayBe("barbell_back_squat") && mayBe("kg") && mayBe("Ä") && mayBe(String(repeating: "z", count: 22)))
    #expect(
      !mayBe("") && !mayBe("2026-01-31-b") && !mayBe("s-6167") && !mayBe(" kg")
        && !mayBe(String(repeating: "z", count: 23)))
  }

  @Test func threadsAgree() {
    let store = CommonTexts.Store(capacity: 3_000)
    let results = Mutex([[UInt16]]())
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      var random = SeededGenerator(seed: UInt64(thread))
      var numbers = [UInt16](repeating: 0, count: 4_000)
      for index in (0..<4_000).shuffled(using: &random) { numbers[index] = number(of: "text \(index)", in: store) }
      results.withLock { $0.append(numbers) }
    }
    let all = results.withLock { $0 }
    #expect(all.count == 4 && all.allSatisfy { $0 == all[0] })
    let given = all[0].enumerated().filter { $0.element != 0 }
    #expect(given.count == 3_000 && Set(given.map(\.element)).count == 3_000)
    for (index, number) in given { #expect(text(number, in: store) == "text \(index)") }
  }
}
