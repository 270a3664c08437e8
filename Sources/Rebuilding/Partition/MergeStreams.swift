import EventModel
import Platform
import Running

/// Reads parts on several threads, ahead of the thread that writes. The parts are dealt out to streams; each stream gives
/// batches of its users, in user order.
///
/// No stream belongs to a thread: whoever has time fills one that is short of batches, and the writer does if its next
/// batch is missing. So any number of threads finishes the work. Memory: ``mostReady`` batches for each stream.
final class MergeStreams: @unchecked Sendable {
  private let monitor = Monitor()
  private let streams: [Stream]
  private var isStopped = false
  private let errors: FirstError

  private static let mostReady = 3

  private final class Stream {
    var sources: MinimumHeap<PartRows>
    var ready: [MergeBatch] = []
    var isBeingFilled = false
    var isAtEnd = false

    init(_ sources: [PartRows]) {
      self.sources = MinimumHeap(sources.filter { $0.user != nil }) { a, b in
        guard let a = a.user?.id, let b = b.user?.id else { return false }
        return a < b
      }
    }

    /// The next batch; `nil` at the end.
    func read() throws -> MergeBatch? {
      if sources.first == nil { return nil }
      let batch = MergeBatch()
      while !batch.isFull, let source = sources.first {
        try source.copy(to: batch)
        sources.replaceFirst(source.user == nil ? nil : source)
      }
      return batch
    }
  }

  /// - Parameter errors: gets the errors of reading. Those of the first stream come first.
  init(_ rows: [PartRows], streams count: Int, _ errors: FirstError) {
    self.errors = errors
    let count = max(1, min(count, rows.count))
    streams = (0..<count).map { stream in
      Stream(rows.indices.filter { $0 % count == stream }.map { rows[$0] })
    }
  }

  var count: Int { streams.count }

  /// Fills streams until all are read to their ends, or the work is stopped.
  func help() {
    while let number = claim() { fill(number) }
  }

  private func claim() -> Int? {
    monitor.locked {
      while !isStopped {
        let open = streams.indices.filter { !streams[$0].isAtEnd }
        if open.isEmpty { return nil }
        let free = open.filter {
          !streams[$0].isBeingFilled && streams[$0].ready.count < MergeStreams.mostReady
        }
        if let shortest = free.min(by: { streams[$0].ready.count < streams[$1].ready.count }) {
          streams[shortest].isBeingFilled = true
          return shortest
        }
        monitor.wait()
      }
      return nil
    }
  }

  /// Reads a batch of a stream that this thread has claimed.
  private func fill(_ number: Int) {
    let stream = streams[number]
    do {
      let batch = try stream.read()
      monitor.locked {
        stream.isBeingFilled = false
        if let batch { stream.ready.append(batch) } else { stream.isAtEnd = true }
        monitor.wake()
      }
    } catch {
      errors.note(error, rank: UInt64(number))
      stop()
    }
  }

  /// The next batch of a stream; `nil` at its end, or if the work is stopped. One thread at a time.
  func next(of number: Int) -> MergeBatch? {
    let stream = streams[number]
    while true {
      let mustFill = monitor.locked { () -> Bool in
        while !isStopped, stream.ready.isEmpty, !stream.isAtEnd {
          if !stream.isBeingFilled {
            stream.isBeingFilled = true
            return true
          }
          monitor.wait()
        }
        return false
      }
      if mustFill {
        fill(number)
        continue
      }
      return monitor.locked {
        if isStopped || stream.ready.isEmpty { return nil }
        monitor.wake()
        return stream.ready.removeFirst()
      }
    }
  }

  /// Ends the work of all threads.
  func stop() {
    monitor.locked {
      isStopped = true
      monitor.wake()
    }
  }
}
