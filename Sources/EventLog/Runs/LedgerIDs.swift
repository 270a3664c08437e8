import EventModel

extension EventLedger {
  /// The order of all ids in a partition's event set: by ledger partition, then by the id's bytes.
  ///
  /// Ids are written in this order, so that the sets of several runs can be compared in one pass.
  public static func precedes(_ a: EventID, _ b: EventID) -> Bool {
    let (p, q) = (mixed(a) >> 56, mixed(b) >> 56)
    return p == q ? a < b : p < q
  }

  /// The distinct ids of the selected events in one ledger partition, ascending. O(n log n).
  public static func eventIDs(ofPartition partition: Int, in ledgers: [EventLedger]) throws(StorageFault) -> [EventID] {
    let spills = ledgers.map(\.entries)
    var distinct = DistinctEntries(expecting: spills.reduce(0) { $0 + $1.count(of: partition) })
    for spill in spills {
      try spill.forEachBlock(of: partition) { entries in
        for entry in entries where entry.content & 3 != LineBucket.notSelected.rawValue { _ = distinct.add(entry) }
      }
    }
    // An id with several contents would have stopped the run earlier.
    return distinct.entries.map(\.id).sorted()
  }
}
