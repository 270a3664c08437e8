/// Removes elements, keeping their order, for as long as a condition holds: Zeller and Hildebrandt's ddmin
/// ("Simplifying and isolating failure-inducing input", 2002).
///
/// The result is 1-minimal: without any one of its elements the condition fails. Calls the condition O(n²) times at
/// worst, usually O(n log n) times.
///
/// - Precondition: the condition holds for all of the elements.
/// - Parameter keeping: how many elements must stay, whatever the condition says.
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

/// Pieces whose lengths differ by at most one.
private func cut<Element>(_ elements: [Element], into parts: Int) -> [ArraySlice<Element>] {
  (0..<parts).map { elements[elements.count * $0 / parts..<elements.count * ($0 + 1) / parts] }
}

/// Removes pairs of elements as long as the condition holds without both. 1-minimality misses such a pair when one
/// element makes up for the other. O(n²) calls of the condition for each pair found.
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
