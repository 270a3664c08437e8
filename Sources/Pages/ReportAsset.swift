import CReportAssets
import Hashing

/// The style sheet or the script of a report: the files in `Sources/CReportAssets`, embedded in the program.
package struct ReportAsset: Sendable {
  package let bytes: [UInt8]

  private init(_ base: UnsafeRawPointer, _ count: Int) {
    bytes = Array(UnsafeRawBufferPointer(start: base, count: count))
  }

  package static let style = ReportAsset(refold_report_css_bytes(), refold_report_css_count())
  package static let script = ReportAsset(refold_report_js_bytes(), refold_report_js_count())

  /// The source expression for a content security policy: `sha256-` and the digest in base 64.
  package var source: String { "'sha256-\(base64(Array(SHA256.hash(data: bytes))))'" }

  /// Allows only these two: no image, font, frame, form or request.
  package static let policy =
    "default-src 'none'; style-src \(style.source); script-src \(script.source); base-uri 'none'; form-action 'none'"
}

private func base64(_ bytes: [UInt8]) -> String {
  let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    let word = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
    for place in 0..<4 {
      text.append(place <= group.count ? letters[word >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
    }
  }
  return String(decoding: text, as: UTF8.self)
}
