/// How much of the machine a run may use. The result never depends on it.
package struct Resources: Sendable {
  package var threads = 1
  /// Bytes that events, buffers and caches may take together.
  package var memory = Resources.defaultMemory
  /// Directory for data that does not fit into memory.
  package var temporaryDirectory = "/tmp"

  package init() {}

  package static let defaultMemory = 48 << 20
  /// Below this the fixed buffers leave no room for events.
  package static let minimumMemory = 8 << 20

  /// Bytes of events and index that each thread holds before it spills. At most 2 GiB: places in a run are 32-bit.
  package var runBudget: Int { min(2 << 30, max(1 << 19, (memory - memory / 4) / max(1, threads))) }
  /// Bytes of each thread's ledger buffers.
  package var ledgerBudget: Int { max(1 << 18, min(memory / 16, 4 << 20) / max(1, threads)) }
  /// Bytes in a chunk of input, unless a record is longer. A chunk stays in a core's own cache between reading and
  /// parsing.
  package var blockSize: Int { 1 << 18 }
}
