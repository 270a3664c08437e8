import EventModel
import Platform
import Synchronization

/// All of a spill file as memory that need not be held: the kernel reads a page when it is looked at, and pages are dropped
/// as a ``SpilledWalk`` and ``passed(_:)`` tell.
///
/// Nothing may be appended to the file any more. Reading is for any number of threads.
package final class SpilledMemory: Sendable {
  private nonisolated(unsafe) let mapping: UnsafeRawBufferPointer
  private let sinceRelease = Atomic(0)

  package var base: UnsafeRawPointer { mapping.baseAddress! }

  /// Keeps no descriptor of the file.
  package init(_ file: SpillFile) throws(StorageFault) {
    // A few bytes more can be read, as after the bytes of a `ByteArena`.
    let slack = [UInt8](repeating: 0, count: ByteArena.slack)
    var fault: StorageFault?
    slack.withUnsafeBytes { slack in
      do throws(StorageFault) { try file.append(slack) } catch { fault = error }
    }
    if let fault { throw fault }
    guard let base = mmap(nil, file.size, PROT_READ, MAP_SHARED, file.descriptor, 0), base != MAP_FAILED else {
      throw StorageFault(path: file.directory, errno: errno, doing: "reading temporary data")
    }
    mapping = UnsafeRawBufferPointer(start: base, count: file.size)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: base), mapping.count) }

  /// Call while going through several parts at a time, with the bytes that were looked at: every few MiB all pages are dropped.
  package func passed(_ bytes: Int) {
    guard sinceRelease.wrappingAdd(bytes, ordering: .relaxed).newValue >= SpilledMemory.heldBytes else { return }
    sinceRelease.store(0, ordering: .relaxed)
    release()
  }

  /// What is looked at again is read again.
  fileprivate func release() { madvise(UnsafeMutableRawPointer(mutating: base), mapping.count, MADV_DONTNEED) }

  fileprivate static let heldBytes = 4 << 20
}

/// A way through spilled memory from one end to the other, again and again, whatever is left out: far from where all pages were
/// dropped last, they are again. One for each that goes its own way.
package final class SpilledWalk: Sendable {
  private let memory: SpilledMemory
  private let lastRelease = Atomic(UInt(0))

  package init(_ memory: SpilledMemory) { self.memory = memory }

  package func looked(at pointer: UnsafeRawPointer) {
    let (place, last) = (UInt(bitPattern: pointer), lastRelease.load(ordering: .relaxed))
    if max(place, last) - min(place, last) < UInt(SpilledMemory.heldBytes) { return }
    lastRelease.store(place, ordering: .relaxed)
    memory.release()
  }
}
