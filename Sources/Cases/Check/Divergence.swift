import EventModel
import JSONTape
import Platform
import Reconciliation
import SnapshotStore

/// The first difference between two snapshots.
package struct Divergence: Hashable, Sendable {
  package var user: UserID?
  /// A projection, `failure of TYPE`, `user`, `signals of EVENT_TYPE`, `manifest KEY` or a byte offset in the files.
  package var place: String
  /// The path in a row's data, or its column.
  package var path: String?
  /// The value of each side there, as JSON; `nil` if the side has none.
  package var first: String?
  package var second: String?
}

/// The first difference between two snapshots, in the order projection rows, failures, users, signals, manifest, bytes.
/// `nil` when the files are equal byte for byte.
package func firstDivergence(_ first: String, _ second: String) throws -> Divergence? {
  let offset = try firstDifferentByte(first, second)
  guard let offset else { return nil }
  let (a, b) = (try SnapshotReader(first), try SnapshotReader(second))
  if let found = try divergenceOfRows(a, b) { return found }
  if let found = try divergence(
    a.failures().all(), b.failures().all(), { ($0.user, $0.projectionType) }, { "failure of \($0.projectionType)" },
    { [("code", $0.code.rawValue), ("event_id", $0.event?.description ?? ""), ("detail", $0.detail)] })
  {
    return found
  }
  if let found = try divergence(
    a.users().all(), b.users().all(), { ($0.id, "") }, { _ in "user" }, { [("source", $0.source.rawValue)] })
  {
    return found
  }
  if let found = try divergence(
    a.signals().all(), b.signals().all(), { ($0.user, $0.eventType) }, { "signals of \($0.eventType)" },
    {
      [
        ("events", "\($0.count)"), ("first_timestamp", $0.first.description),
        ("last_timestamp", $0.last.description), ("newest_event_id", $0.newestEvent.description),
      ]
    })
  {
    return found
  }
  for key in Set(a.manifest.map(\.key)).union(b.manifest.map(\.key)).sorted() {
    let (one, other) = (a.manifestValue(key), b.manifestValue(key))
    if one != other { return Divergence(place: "manifest \(key)", first: quoted(one), second: quoted(other)) }
  }
  return Divergence(place: "byte \(offset) of the files, all rows being equal")
}

private func divergenceOfRows(_ a: SnapshotReader, _ b: SnapshotReader) throws -> Divergence? {
  let (left, right) = (try a.projections(), try b.projections())
  var (one, other) = (try left.next(), try right.next())
  while one != nil || other != nil {
    let mine = one.map { ($0.user, $0.name) }
    let theirs = other.map { ($0.user, $0.name) }
    let isMineFirst = mine.map { mine in theirs.map { mine < $0 } ?? true } ?? false
    let isTheirsFirst = theirs.map { theirs in mine.map { theirs < $0 } ?? true } ?? false
    if isMineFirst || isTheirsFirst {
      let row = isMineFirst ? one : other
      return Divergence(
        user: row?.user, place: row?.name.description ?? "", first: isMineFirst ? "\"a row\"" : nil,
        second: isTheirsFirst ? "\"a row\"" : nil)
    }
    if let one, let other, let found = try divergence(one, other) { return found }
    one = try left.next()
    other = try right.next()
  }
  return nil
}

private func divergence(_ a: StoredProjection, _ b: StoredProjection) throws -> Divergence? {
  if a.lastEvent == b.lastEvent, a.data.elementsEqual(b.data) { return nil }
  var found = Divergence(user: a.user, place: a.name.description)
  if let difference = try firstDifference(Array(a.data), Array(b.data)) {
    found.path = difference.path
    found.first = difference.first
    found.second = difference.second
  } else if a.lastEvent != b.lastEvent {
    found.path = "last_event_id"
    found.first = quoted(a.lastEvent?.description)
    found.second = quoted(b.lastEvent?.description)
  }
  return found
}

/// The first path at which two rows' data differ; `nil` when they are the same.
func firstDifference(_ a: [UInt8], _ b: [UInt8]) throws -> (path: String, first: String?, second: String?)? {
  let arena = ByteArena(capacity: 1 << 14)
  let packer = DocumentPacker(arena: arena)
  let offsets = (try a.withUnsafeBytes { try packer.pack($0) }, try b.withUnsafeBytes { try packer.pack($0) })
  return withExtendedLifetime((arena, packer)) {
    let (one, other) = (JSONValue(arena.base + offsets.0), JSONValue(arena.base + offsets.1))
    return differences(of: one, and: other, clock: nil).first.map { difference in
      (difference.path.text, difference.rebuilt.map(canonical), difference.live.map(canonical))
    }
  }
}

private func canonical(_ value: JSONValue) -> String {
  let output = ByteArena(capacity: 1 << 8)
  var writer = CanonicalWriter(output: output)
  writer.value(value)
  return withExtendedLifetime(output) { String(decoding: output.bytes, as: UTF8.self) }
}

private func quoted(_ text: String?) -> String? { text.map { JSONTree.string($0).pretty } }

/// The first difference between two sorted lists of rows.
private func divergence<Row>(
  _ a: [Row], _ b: [Row], _ key: (Row) -> (UserID, String), _ place: (Row) -> String,
  _ columns: (Row) -> [(String, String)]
) throws -> Divergence? {
  for index in 0..<max(a.count, b.count) {
    let one = index < a.count ? a[index] : nil
    let other = index < b.count ? b[index] : nil
    if let one, let other, key(one) == key(other) {
      for (mine, theirs) in zip(columns(one), columns(other)) where mine.1 != theirs.1 {
        return Divergence(
          user: key(one).0, place: place(one), path: mine.0, first: quoted(mine.1), second: quoted(theirs.1))
      }
      continue
    }
    let isFirst = one.map { one in other.map { key(one) < key($0) } ?? true } ?? false
    guard let row = isFirst ? one : other else { continue }
    return Divergence(
      user: key(row).0, place: place(row), first: isFirst ? "\"a row\"" : nil, second: isFirst ? nil : "\"a row\"")
  }
  return nil
}

/// The offset of the first differing byte of two files; `nil` when they are equal. Constant memory.
private func firstDifferentByte(_ first: String, _ second: String) throws -> Int? {
  let files = [open(first, O_RDONLY | O_CLOEXEC), open(second, O_RDONLY | O_CLOEXEC)]
  defer { for file in files where file >= 0 { close(file) } }
  for (path, file) in zip([first, second], files) where file < 0 {
    throw SnapshotError.system(errno, path: path, action: "read it")
  }
  var blocks = [[UInt8](repeating: 0, count: 1 << 16), [UInt8](repeating: 0, count: 1 << 16)]
  var offset = 0
  while true {
    var counts = [0, 0]
    for side in 0..<2 {
      while counts[side] < 1 << 16 {
        let got = blocks[side].withUnsafeMutableBytes { block in
          pread(
            files[side], block.baseAddress! + counts[side], block.count - counts[side], off_t(offset + counts[side]))
        }
        if got < 0, errno == EINTR { continue }
        if got < 0 { throw SnapshotError.system(errno, path: side == 0 ? first : second, action: "read it") }
        if got == 0 { break }
        counts[side] += got
      }
    }
    let common = min(counts[0], counts[1])
    if blocks[0][..<common] != blocks[1][..<common] {
      let at = zip(blocks[0][..<common], blocks[1][..<common]).enumerated().first { $0.element.0 != $0.element.1 }
      return offset + (at?.offset ?? 0)
    }
    if counts[0] != counts[1] { return offset + common }
    if common == 0 { return nil }
    offset += common
  }
}
