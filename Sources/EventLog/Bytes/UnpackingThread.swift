import EventModel
import Platform

/// A thread that unpacks a file into blocks, ahead of its reader, until all of them are full.
///
/// It ends with the file, at a fault, or soon after this object is released, which waits for it: it never outlives the
/// file. Use from one thread at a time.
final class UnpackingThread {
  private let blocks: UnpackedBlocks
  private let file: FileInput
  private var thread = pthread_t()

  /// Starts the thread, which uses the input alone from here on. Returns `nil` if no thread can be created.
  init?(_ input: any UnpackedInput) {
    blocks = UnpackedBlocks()
    file = input.packed.file
    let start = Unmanaged.passRetained(Start(input: input, blocks: blocks))
    // Signals are for the other threads, those of faults excepted.
    var (signals, before) = (sigset_t(), sigset_t())
    sigfillset(&signals)
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&signals, fault) }
    pthread_sigmask(SIG_BLOCK, &signals, &before)
    let failed = pthread_create(
      &thread, nil,
      { argument in
        let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
        start.blocks.fill(from: start.input)
        return nil
      }, start.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    if failed == 0 { return }
    start.release()
    return nil
  }

  deinit {
    // Where no thread was created, there is none to wait for.
    guard thread != pthread_t() else { return }
    file.stop()
    blocks.stop()
    pthread_join(thread, nil)
  }

  /// Packed bytes of the blocks that were returned, wholly or in part.
  var bytesRead: Int { blocks.bytesRead }

  /// Returns up to `buffer.count` unpacked bytes, 0 only at the end. Sleeps until there are some. Throws the fault of the
  /// input once all bytes before it have been returned.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int { try blocks.read(into: buffer) }

  /// What the thread begins with.
  private final class Start: @unchecked Sendable {
    let input: any UnpackedInput
    let blocks: UnpackedBlocks

    init(input: any UnpackedInput, blocks: UnpackedBlocks) {
      self.input = input
      self.blocks = blocks
    }
  }
}
