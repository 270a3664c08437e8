import EventModel
import Folding
import Formatting
import JSONTape
import Reconciliation

/// Removes free text from differences, as `--redact` does when differences are made.
final class DifferenceRedaction {
  private let catalogue: Catalogue
  private let redaction: Redaction
  private let arena = ByteArena(capacity: 1 << 12)
  private let output = ByteArena(capacity: 1 << 12)
  private let packer: DocumentPacker
  /// Known paths and their redacted form; many rows share the same few paths.
  private var paths: [String: String] = [:]

  init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    redaction = Redaction(words: catalogue.words)
    packer = DocumentPacker(arena: arena)
  }

  private func path(_ text: String) -> String {
    if let known = paths[text] { return known }
    let redacted = redaction.path(text)
    if paths.count < 10_000 { paths[text] = redacted }
    return redacted
  }

  /// - Parameter text: canonical JSON.
  private func value(_ text: String) -> String {
    switch text.utf8.first {
    case UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "\""): return written(text)
    default: return text
    }
  }

  private func written(_ text: String) -> String {
    arena.count = 0
    output.count = 0
    let bytes = Array(text.utf8)
    let isRead = bytes.withUnsafeBytes { bytes in
      do throws(JSONFault) {
        let offset = try packer.pack(bytes)
        var writer = CanonicalWriter(output: output)
        redaction.write(JSONValue(arena.base + offset), to: &writer)
        return true
      } catch {
        return false
      }
    }
    return isRead ? String(decoding: output.bytes, as: UTF8.self) : "(text)"
  }

  /// The difference without its free text.
  func difference(_ difference: RowDifference) -> RowDifference {
    var result = difference
    if catalogue.number(of: difference.name) == nil { result.name.key = redaction.word(difference.name.key) }
    result.fields = difference.fields.map { field in
      FieldDifference(
        path: path(field.path.raw), field: path(field.field.raw), rebuilt: field.rebuilt.map { value($0.raw) },
        live: field.live.map { value($0.raw) },
        status: field.status)
    }
    result.codes = difference.codes.map {
      CodeSets(
        onlyRebuilt: $0.onlyRebuilt.map { redaction.word($0.raw) }, onlyLive: $0.onlyLive.map { redaction.word($0.raw) }
      )
    }
    return result
  }
}
