/// The fewest elements, in order, for which a condition still holds: Zeller and Hildebrandt's ddmin ("Simplifying and
/// isolating failure-inducing input", 2002).
///
/// The condition holds for all of them. The result is 1-minimal: without any one of its elements the condition fails.
/// O(n²) questions at worst, O(n log n) as a rule.
///
/// - Parameter keeping: how many elements must stay whatever the condition says.
func minimalSubset<Element>(_ elements: [Element], keeping: Int = 0, _ holds: ([Element]) -> Bool) -> [Element] {
  var current = elements
  if keeping == 0, !current.isEmpty, holds([]) { return [] }
  var parts = 2
  while current.count > max(keeping, 1) {
    parts = min(parts, current.count)
    let pieces = cut(current, into: parts)
    if parts > 2, let piece = pieces.first(where: { $0.count >= keeping && holds(Array($0)) }) {
      current = Array(piece)
      parts = 2
      continue
    }
    let rests = pieces.lazy.map { piece in current[..<piece.startIndex] + current[piece.endIndex...] }
    if let rest = rests.first(where: { $0.count >= keeping && holds(Array($0)) }) {
      current = Array(rest)
      parts = max(parts - 1, 2)
      continue
    }
    if parts == current.count { break }
    parts *= 2
  }
  return current
}

/// Pieces that differ by one element in length at most.
private func cut<Element>(_ elements: [Element], into parts: Int) -> [ArraySlice<Element>] {
  (0..<parts).map { elements[elements.count * $0 / parts..<elements.count * ($0 + 1) / parts] }
}

/// The elements without any two whose absence together leaves the condition holding: what 1-minimality misses when one
/// element makes up for another. O(n²) questions.
func withoutPairs<Element>(_ elements: [Element], keeping: Int, _ holds: ([Element]) -> Bool) -> [Element] {
  var current = elements
  var first = 0
  while first < current.count, current.count >= keeping + 2 {
    var found = false
    for second in (first + 1)..<max(current.count, first + 1) {
      var rest = current
      rest.remove(at: second)
      rest.remove(at: first)
      if holds(rest) {
        current = rest
        found = true
        break
      }
    }
    if found { first = 0 } else { first += 1 }
  }
  return current
}
