import EventModel

extension EventLedger {
  /// Where an id stands among all ids of a partition's event set: by ledger partition, then by the id's bytes.
  ///
  /// Ids come in this order, so that the sets of several runs can be compared in one pass.
  public static func precedes(_ a: EventID, _ b: EventID) -> Bool {
    let (p, q) = (mixed(a) >> 56, mixed(b) >> 56)
    return p == q ? a < b : p < q
  }

  /// The distinct ids of the events that were asked for, of one ledger partition, ascending. O(n log n).
  public static func eventIDs(ofPartition partition: Int, in ledgers: [EventLedger]) throws(StorageFault) -> [EventID] {
    let entries = try [LedgerEntry](partition: partition, of: ledgers.map(\.entries))
    var ids = entries.filter { $0.content & 3 != LineBucket.notSelected.rawValue }.map(\.id)
    ids.sort()
    var distinct: [EventID] = []
    distinct.reserveCapacity(ids.count)
    for id in ids where distinct.last != id { distinct.append(id) }
    return distinct
  }
}
