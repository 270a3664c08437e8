import JSONTape

/// JSON whose long lists are generated while they are written. As a tree they would need many times the memory.
package enum StreamedJSON {
  case tree(JSONTree)
  case object([(key: String, value: StreamedJSON)])
  /// A list of objects.
  case list(count: Int, element: (Int) -> StreamedJSON)

  package var tree: JSONTree {
    switch self {
    case .tree(let tree): tree
    case .object(let members): .object(members.map { .init($0.key, $0.value.tree) })
    case .list(let count, let element): .array((0..<count).map { element($0).tree })
    }
  }

  /// Writes the same text as the tree would, piece by piece.
  package func writePretty(indent: String, to output: (String) -> Void) {
    let inner = indent + "  "
    switch self {
    case .tree(let tree): tree.writePretty(indent: indent, to: output)
    case .object(let members):
      output("{\n")
      for (position, member) in members.enumerated() {
        output((position == 0 ? "" : ",\n") + inner + JSONTree.string(member.key).pretty + ": ")
        member.value.writePretty(indent: inner, to: output)
      }
      output("\n\(indent)}")
    case .list(let count, let element):
      output("[")
      for position in 0..<count {
        output((position == 0 ? "\n" : ",\n") + inner)
        element(position).writePretty(indent: inner, to: output)
      }
      output(count == 0 ? "]" : "\n\(indent)]")
    }
  }
}
