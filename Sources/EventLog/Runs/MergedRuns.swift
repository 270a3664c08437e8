import EventModel
import Platform

/// Gives the space of spilled runs back while they are merged, of users that are done with: the snapshot that grows meanwhile
/// takes up what the runs leave, in memory the kernel holds already, and little is left to be given back at the end.
///
/// One thread at a time; others may go on reading what is not released.
public final class MergedRuns {
  private var runs: [(run: FileRun, released: Int)]
  private let bytesPerRelease: Int
  private var merged = 0

  /// - Parameter holeBytes: about as much of each run is released at a time; less is not worth the system call.
  public init(_ runs: [SortedRun], holeBytes: Int = 512 << 10) {
    self.runs = runs.compactMap { run in
      guard case .file(let run) = run else { return nil }
      return (run, run.range.lowerBound)
    }
    bytesPerRelease = self.runs.count * holeBytes
  }

  /// Notes that a slice and all before it were merged, `size` bytes of runs more or less.
  public func passed(_ slice: UserSlice, size: Int) {
    merged += size
    guard merged >= bytesPerRelease, let upper = slice.upper else { return }
    merged = 0
    for index in runs.indices {
      let (run, released) = runs[index]
      // Whole pages: what a file system keeps of them is not worth writing zeros.
      let end = run.start(of: upper) & ~4095
      if end <= released { continue }
      run.file.discard(released..<end)
      runs[index].released = end
    }
  }
}

extension SpillFile {
  /// Frees what is there, which must not be read again; where the file system cannot, it stays until the end.
  func discard(_ range: Range<Int>) {
    _ = fallocate(descriptor, SpillFile.punchHole, Int64(range.lowerBound), Int64(range.count))
  }

  /// `FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE`.
  private static let punchHole: Int32 = 3
}

/// fallocate(2), which the Glibc module does not show (it needs `_GNU_SOURCE`).
@_silgen_name("fallocate")
func fallocate(_ descriptor: Int32, _ mode: Int32, _ offset: Int64, _ count: Int64) -> Int32
