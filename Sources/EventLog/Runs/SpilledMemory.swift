import EventModel
import Platform
import Synchronization

/// A whole spill file as memory that need not be resident: the kernel reads a page when it is accessed. ``SpilledWalk``
/// and ``passed(_:)`` drop pages again.
///
/// Nothing may be appended to the file afterwards. Any number of threads may read.
package final class SpilledMemory: Sendable {
  private nonisolated(unsafe) let mapping: UnsafeRawBufferPointer
  private let sinceRelease = Atomic(0)

  package var base: UnsafeRawPointer { mapping.baseAddress! }

  /// Maps the file. Keeps no descriptor.
  package init(_ file: SpillFile) throws(StorageFault) {
    // Make a few more bytes readable, as after the bytes of a `ByteArena`.
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

  /// Call this with the number of bytes read when several parts are read at a time. Drops all pages every few MiB.
  package func passed(_ bytes: Int) {
    guard sinceRelease.wrappingAdd(bytes, ordering: .relaxed).newValue >= SpilledMemory.heldBytes else { return }
    sinceRelease.store(0, ordering: .relaxed)
    release()
  }

  /// Drops all pages. Pages that are accessed again are read again.
  fileprivate func release() { madvise(UnsafeMutableRawPointer(mutating: base), mapping.count, MADV_DONTNEED) }

  fileprivate static let heldBytes = 4 << 20
}

/// The accesses of one reader that passes through spilled memory from end to end, repeatedly, possibly with gaps. Drops
/// all pages whenever the reader is far from where it last dropped them. One per independent reader.
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
