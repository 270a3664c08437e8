import JSONTape

extension JSONTree {
  /// The value with the fewest members and elements, at all depths, for which a condition still holds; scalars stay.
  ///
  /// - Parameter holds: asked of the whole value; true of it as it is.
  func shrunk(_ holds: (JSONTree) -> Bool) -> JSONTree {
    switch self {
    case .object(let members):
      var kept = minimalSubset(members) { holds(.object($0)) }
      for index in kept.indices {
        kept[index].value = kept[index].value.shrunk { value in
          var others = kept
          others[index].value = value
          return holds(.object(others))
        }
      }
      return .object(kept)
    case .array(let elements):
      var kept = minimalSubset(elements) { holds(.array($0)) }
      for index in kept.indices {
        kept[index] = kept[index].shrunk { value in
          var others = kept
          others[index] = value
          return holds(.array(others))
        }
      }
      return .array(kept)
    default: return self
    }
  }
}
