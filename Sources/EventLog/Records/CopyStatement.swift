/// A line `COPY [schema.]table [(columns)] FROM stdin;` of a dump.
struct CopyStatement: Equatable {
  /// The table's name without its schema, unquoted.
  var table: String
  /// The columns, unquoted; `nil` when the line names none.
  var columns: [String]?

  /// Reads a whole line, without its line end. `nil` for any other line. O(bytes).
  init?(_ line: UnsafeRawBufferPointer) {
    guard line.starts(with: CopyStatement.keyword) else { return nil }
    var scanner = SQLScanner(rest: line[CopyStatement.keyword.count...])
    guard var name = scanner.identifier() else { return nil }
    while scanner.skip(ASCII.dot) {
      guard let next = scanner.identifier() else { return nil }
      name = next
    }
    table = name
    if scanner.skip(0x28) {
      var names: [String] = []
      repeat {
        guard let column = scanner.identifier() else { return nil }
        names.append(column)
      } while scanner.skip(ASCII.comma)
      guard scanner.skip(0x29) else { return nil }
      columns = names
    }
    guard scanner.identifier() == "FROM", scanner.identifier() == "stdin" else { return nil }
  }

  /// `COPY `, as pg_dump writes it.
  static let keyword = Array("COPY ".utf8)

  /// The table of a line `INSERT INTO [schema.]table …`, `nil` for any other. A cut-off line will do.
  static func tableOfInsert(_ line: UnsafeRawBufferPointer) -> String? {
    let keyword = Array("INSERT INTO ".utf8)
    guard line.starts(with: keyword) else { return nil }
    var scanner = SQLScanner(rest: line[keyword.count...])
    guard var name = scanner.identifier() else { return nil }
    while scanner.skip(ASCII.dot) {
      guard let next = scanner.identifier() else { return nil }
      name = next
    }
    return name
  }
}

/// Words of a line of SQL, as far as pg_dump's COPY lines need them.
private struct SQLScanner {
  var rest: Slice<UnsafeRawBufferPointer>

  /// Takes a byte, and the blanks before it, if it comes next.
  mutating func skip(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard rest.first == byte else { return false }
    rest = rest.dropFirst()
    return true
  }

  /// Takes an identifier, quoted (`"…"`, a quote in it doubled) or not; `nil` if none comes next.
  mutating func identifier() -> String? {
    skipBlanks()
    var name: [UInt8] = []
    if rest.first == ASCII.quote {
      rest = rest.dropFirst()
      while let byte = rest.popFirst() {
        if byte == ASCII.quote {
          guard rest.first == ASCII.quote else { return String(decoding: name, as: UTF8.self) }
          rest = rest.dropFirst()
        }
        name.append(byte)
      }
      return nil
    }
    while let byte = rest.first, !SQLScanner.delimiters.contains(byte) {
      name.append(byte)
      rest = rest.dropFirst()
    }
    return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
  }

  private mutating func skipBlanks() { rest = rest.drop { $0 == ASCII.space || $0 == ASCII.tab } }

  /// What ends a plain identifier: blanks, `.`, `,`, `(`, `)`, `;`, `"`.
  private static let delimiters: [UInt8] = Array(" \t\r.,();\"".utf8)
}
