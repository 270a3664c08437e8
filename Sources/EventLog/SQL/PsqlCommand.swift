/// A command of psql: the line after a backslash.
struct PsqlCommand {
  private(set) var name: String
  /// The arguments, without their quotes; those of commands that take the whole line are not told apart.
  private(set) var arguments: [String] = []
  /// Whether another command or SQL follows on the line.
  private(set) var hasAnother = false

  /// Commands whose argument is the rest of the line, backslashes and all.
  private static let takeLine: Set = ["!", "copy", "ef", "ev", "h", "help", "sf", "sv"]

  init(_ line: String) {
    let characters = Array(line)
    var at = 0
    while at < characters.count, !PsqlCommand.isBlank(characters[at]), characters[at] != "\\" { at += 1 }
    name = String(characters[..<at])
    if name.hasPrefix("!") { name = "!" }
    if PsqlCommand.takeLine.contains(name) { return }
    while at < characters.count {
      if PsqlCommand.isBlank(characters[at]) {
        at += 1
      } else if characters[at] == "\\" {
        hasAnother =
          characters[at...].contains { $0 != "\\" && !PsqlCommand.isBlank($0) } && name != "q" && name != "quit"
        return
      } else {
        arguments.append(PsqlCommand.argument(characters, &at))
      }
    }
  }

  private static func isBlank(_ character: Character) -> Bool {
    character == " " || character == "\t" || character == "\r"
  }

  /// Reads an argument: parts in quotes and parts without. Semicolons at its end do not count.
  private static func argument(_ line: [Character], _ at: inout Int) -> String {
    var text = ""
    while at < line.count, !isBlank(line[at]), line[at] != "\\" {
      let quote = line[at]
      guard quote == "\"" || quote == "'" else {
        text.append(line[at])
        at += 1
        continue
      }
      at += 1
      while at < line.count {
        if line[at] == quote {
          // A quote that is doubled is one.
          guard at + 1 < line.count, line[at + 1] == quote else { break }
          at += 1
        } else if quote == "'", line[at] == "\\", at + 1 < line.count {
          at += 1
        }
        text.append(line[at])
        at += 1
      }
      at += 1
    }
    while text.hasSuffix(";") { text.removeLast() }
    return text
  }

  /// The database that a connection string names, or that is named alone; `nil` for a string that names none.
  static func database(ofConnection text: String) -> String? {
    guard text.contains("=") else { return text }
    let characters = Array(text)
    guard let start = characters.indices.first(where: { String(characters[$0...].prefix(7)) == "dbname=" }) else {
      return nil
    }
    var at = start + 7
    var name = ""
    let isQuoted = at < characters.count && characters[at] == "'"
    if isQuoted { at += 1 }
    while at < characters.count, isQuoted ? characters[at] != "'" : characters[at] != " " {
      if characters[at] == "\\", at + 1 < characters.count { at += 1 }
      name.append(characters[at])
      at += 1
    }
    return name
  }
}
