import EventModel
import Folding
import Hashing
import JSONTape
import Platform
import Running

/// A file that describes a reducer program: what it is called, how it is started, and what it answers for.
///
/// ```json
/// {"name": "balance", "version": "2.1", "command": ["python3", "balance.py"], "files": ["balance.py"],
///  "projections": [{"type": "balance", "keys": ["current"], "triggers": ["money.deposited"],
///    "sources": ["money.deposited", "money.withdrawn"], "clock": "computed_at", "stamp": null, "requires": null}]}
/// ```
package struct ReducerFile: Sendable {
  /// Where the file was read.
  package let path: String
  package let name: String
  package let version: String
  /// The program and its arguments. It runs in the folder of the file.
  package let command: [String]
  package let projections: [OutsideProjection]
  /// SHA-256 over the file and the program's files that it names, as lower-case hex.
  package let digest: String

  /// The folder of the file, in which the program runs.
  package var folder: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Reads the file and the program's files that it names.
  package init(_ path: String) throws(ReducerFileError) {
    self.path = path
    func fail(_ reason: String) -> ReducerFileError { ReducerFileError(path: path, reason: reason) }
    let bytes: [UInt8]
    let json: JSONTree
    do throws(JSONFault) {
      bytes = try readWholeFile(path)
      json = try JSONTree(parsing: bytes, repeatedKeys: .refused)
    } catch { throw fail(error.reason) }
    var reader = ReducerFileReader()
    do throws(ReducerFileReader.Fault) {
      let members = try reader.members(
        json, "", known: ["name", "version", "command", "files", "projections"])
      name = try reader.word(members["name"], "name")
      if case .integer(let number)? = members["version"] {
        version = String(number)
      } else {
        version = try reader.text(members["version"], "version")
      }
      command = try reader.texts(members["command"], "command")
      let files = members["files"] == nil ? [] : try reader.texts(members["files"], "files", mayBeEmpty: true)
      projections = try reader.projections(members["projections"])
      var hash = SHA256()
      ReducerFile.add(bytes, to: &hash)
      let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
      for file in files {
        let place = file.hasPrefix("/") ? file : folder + file
        do throws(JSONFault) { ReducerFile.add(try readWholeFile(place), to: &hash) } catch {
          throw ReducerFileReader.Fault("files: \(file): \(error.reason)")
        }
      }
      digest = hex(hash.finalize())
    } catch { throw fail(error.reason) }
  }

  /// Whether the file is a JSON object with a `command`, so that a command can tell a program from a profile. A pipe is
  /// never one: it can be read only once.
  package static func isOne(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    do throws(JSONFault) { return try JSONTree(parsing: try readWholeFile(path))["command"] != nil } catch {
      return false
    }
  }

  private static func add(_ bytes: [UInt8], to hash: inout SHA256) {
    withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hash.update(bufferPointer: $0) }
    hash.update(data: bytes)
  }

  /// What the program answers for, as JSON; ``init(projections:)`` reads it back.
  package static func json(of projections: [OutsideProjection]) -> JSONTree {
    func texts(_ texts: [String]) -> JSONTree { .array(texts.map { .string($0) }) }
    func text(_ text: String?) -> JSONTree { text.map { .string($0) } ?? .null }
    return .array(
      projections.map { projection in
        var members: [JSONTree.Member] = [
          .init("type", .string(projection.type)), .init("keys", texts(projection.keys)),
          .init("triggers", texts(projection.triggers)), .init("sources", texts(projection.sources)),
          .init("clock", text(projection.clock)), .init("stamp", text(projection.stamp)),
          .init("requires", text(projection.requires)),
        ]
        if !projection.words.isEmpty { members.append(.init("words", texts(projection.words))) }
        return .object(members)
      })
  }

  /// Reads what ``json(of:)`` wrote; `nil` for anything else.
  package static func projections(_ json: JSONTree) -> [OutsideProjection]? {
    var reader = ReducerFileReader()
    do throws(ReducerFileReader.Fault) { return try reader.projections(json) } catch { return nil }
  }
}

/// A reducer file that cannot be used.
package struct ReducerFileError: Error, CustomStringConvertible {
  package let path: String
  package let reason: String

  package var description: String { "\(path): \(reason)" }
}

/// Reads the members of a reducer file and names the place of a fault.
struct ReducerFileReader {
  struct Fault: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
  }

  /// The members by name. A missing member is `nil`; an unknown one is a fault.
  mutating func members(_ json: JSONTree?, _ place: String, known: [String]) throws(Fault) -> [String: JSONTree] {
    guard let members = json?.members else { throw Fault("\(place.isEmpty ? "the file" : place): not an object") }
    var found: [String: JSONTree] = [:]
    for member in members {
      guard known.contains(member.key) else {
        throw Fault(
          "\(place.isEmpty ? "" : place + ".")\(member.key): unknown key; known are \(known.joined(separator: ", "))")
      }
      found[member.key] = member.value
    }
    return found
  }

  func text(_ json: JSONTree?, _ place: String) throws(Fault) -> String {
    guard let json else { throw Fault("\(place): missing") }
    guard let text = json.string, !text.isEmpty, text.utf8.count <= 255, !text.utf8.contains(where: { $0 < 0x20 })
    else { throw Fault("\(place): not a text of 1 to 255 bytes without control characters") }
    return text
  }

  /// A name for the manifest.
  func word(_ json: JSONTree?, _ place: String) throws(Fault) -> String {
    let text = try text(json, place)
    let isWord = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
        true
      default: false
      }
    }
    // The manifest has keys that end so.
    guard isWord, !text.hasSuffix(".digest"), !text.hasSuffix(".projections") else {
      throw Fault("\(place): not a word of letters, digits, _, - and points")
    }
    return text
  }

  func texts(_ json: JSONTree?, _ place: String, mayBeEmpty: Bool = false) throws(Fault) -> [String] {
    guard let json else { throw Fault("\(place): missing") }
    guard let elements = json.array, mayBeEmpty || !elements.isEmpty else {
      throw Fault("\(place): not a list of texts")
    }
    var texts: [String] = []
    for (index, element) in elements.enumerated() { texts.append(try text(element, "\(place)[\(index)]")) }
    return texts
  }

  private func optional(_ json: JSONTree?, _ place: String) throws(Fault) -> String? {
    if json == nil || json == .null { return nil }
    return try text(json, place)
  }

  private func distinct(_ texts: [String], _ place: String) throws(Fault) -> [String] {
    let sorted = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    if zip(sorted, sorted.dropFirst()).contains(where: { $0.utf8.elementsEqual($1.utf8) }) {
      throw Fault("\(place): a text occurs twice")
    }
    return sorted
  }

  mutating func projections(_ json: JSONTree?) throws(Fault) -> [OutsideProjection] {
    guard let elements = json?.array, !elements.isEmpty else { throw Fault("projections: not a list of projections") }
    var projections: [OutsideProjection] = []
    for (index, element) in elements.enumerated() {
      let place = "projections[\(index)]"
      let members = try members(
        element, place, known: ["type", "keys", "triggers", "sources", "clock", "stamp", "requires", "words"])
      let projection = OutsideProjection(
        type: try text(members["type"], place + ".type"),
        keys: try distinct(try texts(members["keys"], place + ".keys"), place + ".keys"),
        triggers: try distinct(
          try texts(members["triggers"], place + ".triggers", mayBeEmpty: true), place + ".triggers"),
        sources: try distinct(try texts(members["sources"], place + ".sources", mayBeEmpty: true), place + ".sources"),
        clock: try optional(members["clock"], place + ".clock"),
        stamp: try optional(members["stamp"], place + ".stamp"),
        requires: try optional(members["requires"], place + ".requires"),
        words: members["words"] == nil ? [] : try texts(members["words"], place + ".words", mayBeEmpty: true))
      if projection.type.contains("/") { throw Fault("\(place).type: holds a slash") }
      if projections.contains(where: { $0.type == projection.type }) {
        throw Fault("\(place).type: \(projection.type) occurs twice")
      }
      if projection.requires == projection.type { throw Fault("\(place).requires: the projection itself") }
      projections.append(projection)
    }
    return projections
  }
}
