import Folding
import Hashing
import Running

extension Vocabulary {
  /// SHA-256 of the names of what is read of events, as 64 hexadecimal digits: of two logs, the content that was read
  /// can be compared only if this is equal.
  var fieldsDigest: String {
    let lists = [
      eventTypes.map(\.name.description), fields.map(\.name.description), metadataFields.map(\.name.description),
      Array(names(of: wholeTypes)),
    ]
    var sha = SHA256()
    for list in lists {
      for name in list.sorted() { sha.update(data: Array("\(name.utf8.count):\(name)".utf8)) }
      sha.update(data: [0])
    }
    return hex(sha.finalize())
  }
}
