import EventModel
import Platform

/// Releases the space of spilled runs while they are merged, as far as their users are finished. The snapshot, which
/// grows meanwhile, reuses the memory that the kernel held for them, and little is left to release at the end.
///
/// For one thread at a time. Other threads may go on reading what has not been released.
public final class MergedRuns {
  private var runs: [(run: FileRun, released: Int)]
  private let bytesPerRelease: Int
  private var merged = 0

  /// - Parameter holeBytes: bytes of each run to release at a time, roughly; fewer are not worth the system call.
  public init(_ runs: [SortedRun], holeBytes: Int = 512 << 10) {
    self.runs = runs.compactMap { run in
      guard case .file(let run) = run else { return nil }
      return (run, run.range.lowerBound)
    }
    bytesPerRelease = self.runs.count * holeBytes
  }

  /// Notes that a slice and all slices before it have been merged. `size` is the approximate number of bytes of the
  /// slice.
  public func passed(_ slice: UserSlice, size: Int) {
    merged += size
    guard merged >= bytesPerRelease, let upper = slice.upper else { return }
    merged = 0
    for index in runs.indices {
      let (run, released) = runs[index]
      // Release whole pages only: for a part of a page, the file system would write zeros, which is not worth it.
      let end = run.start(of: upper) & ~4095
      if end <= released { continue }
      run.file.discard(released..<end)
      runs[index].released = end
    }
  }
}

extension SpillFile {
  /// Frees a range, which must not be read again. If the file system does not support that, the range stays until the
  /// end.
  func discard(_ range: Range<Int>) {
    _ = discardRange(range, of: descriptor)
  }
}
