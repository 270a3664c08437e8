import EventModel
import Hashing
import Platform
import Running

/// The secret with which pseudonyms are made, so that only those who hold it can tell whose they are.
///
/// The only place that computes an HMAC.
package struct PseudonymKey: Sendable, Equatable {
  private let bytes: [UInt8]
  /// 6 hex digits that tell one key from another. They are part of each pseudonym.
  package let tag: String

  /// The fewest bytes of a key.
  package static let least = 32
  private static let most = 4096
  static let tagLength = 6

  /// Reads the key: the bytes of the file, without a line end after them. Throws if they are fewer than ``least``.
  ///
  /// - Parameter note: is called with a sentence if others than the owner can read the file.
  package init(file path: String, note: (Foreign) -> Void) throws(RefoldError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw PseudonymKey.fault(path, String(cString: strerror(errno)).lowercased()) }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 {
      let mode = String(status.st_mode & 0o777, radix: 8)
      note("\(path): others than its owner can use the key (mode \(mode)); chmod 600 corrects that")
    }
    var key: [UInt8] = []
    var block = [UInt8](repeating: 0, count: PseudonymKey.most + 1)
    while true {
      let count = read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw PseudonymKey.fault(path, String(cString: strerror(errno)).lowercased()) }
      if count == 0 { break }
      key += block[..<count]
      if key.count > PseudonymKey.most + 2 { break }
    }
    if key.last == UInt8(ascii: "\n") { key.removeLast() }
    if key.last == UInt8(ascii: "\r") { key.removeLast() }
    if key.count < PseudonymKey.least {
      throw PseudonymKey.fault(
        path,
        "a key has at least \(PseudonymKey.least) bytes, this one has \(key.count); openssl rand -hex 32 makes one")
    }
    if key.count > PseudonymKey.most {
      throw PseudonymKey.fault(path, "a key has at most \(PseudonymKey.most) bytes: name the file of the key")
    }
    if Set(key).count < 8 {
      throw PseudonymKey.fault(path, "a key is random, this one repeats a few bytes; openssl rand -hex 32 makes one")
    }
    bytes = key
    tag = String(PseudonymKey.digits(of: "refold:pseudonym-key", key).prefix(PseudonymKey.tagLength))
  }

  private static func fault(_ path: String, _ reason: String) -> RefoldError {
    .usage("--pseudonym-key \(Foreign(path).text): \(reason)")
  }

  /// The HMAC-SHA-256 of a text, as hex digits.
  func digits(of text: String) -> String { PseudonymKey.digits(of: text, bytes) }

  /// RFC 2104, with SHA-256.
  private static func digits(of text: String, _ key: [UInt8]) -> String {
    let blockSize = 64
    let short = key.count > blockSize ? Array(SHA256.hash(data: key)) : key
    let block = short + [UInt8](repeating: 0, count: blockSize - short.count)
    let inner = SHA256.hash(data: block.map { $0 ^ 0x36 } + Array(text.utf8))
    return hex(SHA256.hash(data: block.map { $0 ^ 0x5C } + Array(inner)))
  }
}
