/// A few of the things seen so far: always the latest ones at first, then each new one takes the
/// place of a random earlier one, so that old ones stay reachable for a while. Bounded memory.
struct Recent<Element> {
  private var elements: [Element] = []
  private static var capacity: Int { 24 }

  var isEmpty: Bool { elements.isEmpty }

  mutating func remember(_ element: Element, _ random: inout RandomSource) {
    if elements.count < Recent.capacity {
      elements.append(element)
    } else {
      elements[random.below(Recent.capacity)] = element
    }
  }

  /// One of them, at random.
  func pick(_ random: inout RandomSource) -> Element? {
    elements.isEmpty ? nil : elements[random.below(elements.count)]
  }
}
