/// A min-heap of the sources of a k-way merge. O(log k) per step.
package struct MinimumHeap<Source> {
  private var sources: [Source]
  private let precedes: (Source, Source) -> Bool

  /// O(k).
  package init(_ sources: [Source], precedes: @escaping (Source, Source) -> Bool) {
    self.sources = sources
    self.precedes = precedes
    for index in stride(from: sources.count / 2 - 1, through: 0, by: -1) { sink(index) }
  }

  package var first: Source? { sources.first }

  /// Puts the first source, which has moved to its next element, back in order; `nil` removes it. O(log k).
  package mutating func replaceFirst(_ source: Source?) {
    if let source {
      sources[0] = source
    } else {
      sources.swapAt(0, sources.count - 1)
      sources.removeLast()
    }
    sink(0)
  }

  private mutating func sink(_ start: Int) {
    var parent = start
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < sources.count {
        if precedes(sources[child], sources[least]) { least = child }
      }
      if least == parent { return }
      sources.swapAt(parent, least)
      parent = least
    }
  }
}
