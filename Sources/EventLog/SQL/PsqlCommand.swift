/// A psql command: the line after a backslash.
struct PsqlCommand {
  private(set) var name: String
  /// The arguments, unquoted. Empty for commands that take the whole line.
  private(set) var arguments: [String] = []
  /// Whether another command or SQL follows on the line.
  private(set) var hasAnother = false

  /// Commands whose argument is the rest of the line, including backslashes.
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

  /// Reads an argument, which may consist of quoted and unquoted parts. Drops semicolons at its end.
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
          // A doubled quote means one quote.
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

  /// The database in a connection string, or the text itself if it is only a name. `nil` if the string names no
  /// database.
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
