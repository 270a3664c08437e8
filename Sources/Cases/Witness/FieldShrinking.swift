import JSONTape

extension JSONTree {
  /// Removes members and elements, at all depths, for as long as a condition holds. Scalars stay.
  ///
  /// - Parameter holds: the condition on the whole value; it holds for this value.
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
