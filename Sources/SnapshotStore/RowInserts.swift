import EventModel

/// The tables of rows, each a b-tree to which rows are appended. The digests get exactly the bytes that are stored.
///
/// Rows must come in ascending order of user and, within a user and table, of their key; any other order is an error. A
/// row allocates nothing except for its id's SHA-1.
final class RowInserts {
  let digests = SnapshotDigests()
  private let projections: BTree
  /// The index for `UNIQUE (user_id, projection_type, key)` of the projections.
  private let names: BTree
  private let failures: BTree
  private let users: BTree
  private let signals: BTree
  private let manifest: BTree
  private let record = Record()
  private let path: String
  /// The as-of's text: `created_at` and `updated_at` of every projection.
  private let asOf = ByteArena()
  /// The current user and its id as text.
  private var user: UserID?
  private let userText = ByteArena()
  /// The texts of the current row, one after another.
  private let texts = ByteArena()
  /// The name from which the current projection's id is computed.
  private let rowName = ByteArena()

  private typealias Text = UnsafeRawBufferPointer

  /// - Parameters:
  ///   - roots: the root page of each table and index, by name.
  ///   - path: the path named in errors.
  init(_ pages: PageFile, roots: [String: UInt32], path: String, asOf: Instant) throws(SnapshotError) {
    func tree(_ name: String, keyColumns: Int) throws(SnapshotError) -> BTree {
      guard let root = roots[name] else { throw .failed(path, "SQLite made no table \(name)") }
      return BTree(pages, root: root, keyColumns: keyColumns)
    }
    projections = try tree("projections", keyColumns: 0)
    names = try tree("sqlite_autoindex_projections_1", keyColumns: 3)
    failures = try tree("failures", keyColumns: 2)
    users = try tree("users", keyColumns: 1)
    signals = try tree("signals", keyColumns: 2)
    manifest = try tree("manifest", keyColumns: 1)
    self.path = path
    self.asOf.append(asOf.description)
  }

  func user(_ id: UserID, source: UserSource) throws(SnapshotError) {
    try begin(id)
    texts.append(source.rawValue)
    digests.user(userText.bytes, source: texts.bytes)
    record.begin()
    record.add(userText.bytes)
    record.add(texts.bytes)
    try append(to: users)
  }

  func projection(
    user: UserID, name: ProjectionName, data: UnsafeRawBufferPointer, lastEvent: EventID?
  ) throws(SnapshotError) {
    try begin(user)
    let typeAt = texts.count
    texts.append(name.type)
    let keyAt = texts.count
    texts.append(name.key)
    let idAt = texts.count
    appendID(rowID(type: text(typeAt, keyAt), key: text(keyAt, idAt)))
    let eventAt = texts.count
    if let lastEvent { appendID(lastEvent) }
    let type = text(typeAt, keyAt)
    let key = text(keyAt, idAt)
    let event = lastEvent == nil ? nil : text(eventAt, texts.count)

    digests.projection(user: userText.bytes, type: type, key: key, data: data, lastEvent: event)
    record.begin()
    record.add(text(idAt, eventAt))
    record.add(userText.bytes)
    record.add(type)
    record.add(key)
    record.add(data)
    record.add(1)
    record.add(event)
    record.add(asOf.bytes)
    record.add(asOf.bytes)
    let rowid = try projections.append(row: record)

    record.begin()
    record.add(userText.bytes)
    record.add(type)
    record.add(key)
    record.add(Int(rowid))
    try append(to: names)
  }

  func failure(_ failure: Failure) throws(SnapshotError) {
    try begin(failure.user)
    texts.append(failure.projectionType)
    let codeAt = texts.count
    texts.append(failure.code.rawValue)
    let detailAt = texts.count
    texts.append(failure.detail)
    let eventAt = texts.count
    if let event = failure.event { appendID(event) }
    let type = text(0, codeAt)
    let code = text(codeAt, detailAt)
    let detail = text(detailAt, eventAt)
    let event = failure.event == nil ? nil : text(eventAt, texts.count)

    digests.failure(user: userText.bytes, type: type, code: code, event: event, detail: detail)
    record.begin()
    record.add(userText.bytes)
    record.add(type)
    record.add(code)
    record.add(event)
    record.add(detail)
    try append(to: failures)
  }

  func signal(_ signal: SignalSummary) throws(SnapshotError) {
    try begin(signal.user)
    appendInstant(signal.first)
    let lastAt = texts.count
    appendInstant(signal.last)
    let newestAt = texts.count
    appendID(signal.newestEvent)
    let typeAt = texts.count
    texts.append(signal.eventType)
    let type = text(typeAt, texts.count)
    let first = text(0, lastAt)
    let last = text(lastAt, newestAt)
    let newest = text(newestAt, typeAt)

    digests.signal(
      user: userText.bytes, eventType: type, events: signal.count, first: first, last: last, newest: newest)
    record.begin()
    record.add(userText.bytes)
    record.add(type)
    record.add(signal.count)
    record.add(first)
    record.add(last)
    record.add(newest)
    try append(to: signals)
  }

  /// Appends an entry to the manifest, which no digest covers. Entries must come in ascending order of key.
  func manifest(key: String, value: String) throws(SnapshotError) {
    texts.count = 0
    texts.append(key)
    let valueAt = texts.count
    texts.append(value)
    record.begin()
    record.add(text(0, valueAt))
    record.add(text(valueAt, texts.count))
    try append(to: manifest)
  }

  /// Completes the tables.
  func finish() throws(SnapshotError) {
    for tree in [projections, names, failures, users, signals, manifest] { try tree.finish() }
  }

  private func append(to tree: BTree) throws(SnapshotError) {
    guard try tree.append(entry: record) else { throw .failed(path, "a row comes twice or out of order") }
  }

  // MARK: Texts

  /// Makes `user` the current user and clears the texts of the previous row.
  @inline(__always)
  private func begin(_ user: UserID) throws(SnapshotError) {
    texts.count = 0
    if user == self.user { return }
    if let last = self.user, user < last { throw .failed(path, "users come out of order") }
    self.user = user
    userText.count = 0
    userText.reserve(UUID128.textBytes)
    user.writeText(to: userText.base)
    userText.count = UUID128.textBytes
  }

  /// Valid until the next text is appended.
  @inline(__always)
  private func text(_ start: Int, _ end: Int) -> Text { Text(start: texts.base + start, count: end - start) }

  private func appendID(_ id: UUID128) {
    texts.reserve(UUID128.textBytes)
    id.writeText(to: texts.base + texts.count)
    texts.count += UUID128.textBytes
  }

  private func appendInstant(_ instant: Instant) {
    texts.reserve(Instant.isoRoom)
    texts.count += instant.writeISO(to: texts.base + texts.count)
  }

  private func rowID(type: Text, key: Text) -> UUID128 {
    rowName.count = 0
    rowName.append(userText.bytes)
    rowName.append("/")
    rowName.append(type)
    rowName.append("/")
    rowName.append(key)
    return UUID128.version5(namespace: .projectionNamespace, name: rowName.bytes)
  }
}

extension SnapshotError {
  /// A failure of the program or its input, not of the system.
  static func failed(_ path: String, _ reason: String) -> SnapshotError {
    SnapshotError(.failed, path: path, reason: reason)
  }
}
