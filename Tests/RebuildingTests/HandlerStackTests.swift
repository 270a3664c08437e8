import Platform
import Running
import Synchronization
import Testing

@Suite("threads")
struct HandlerStackTests {
  @Test("each worker has its own stack for the signal handler")
  func workers() {
    let stacks = Mutex<[UInt?]>([])
    let arrived = Atomic(0)
    onThreads(4) { thread in
      if thread == 0 { return }
      var stack = stack_t()
      let isKnown = sigaltstack(nil, &stack) == 0
      let isEnabled = stack.ss_flags & Int32(SS_DISABLE) == 0 && stack.ss_size >= SIGSTKSZ
      stacks.withLock { $0.append(isKnown && isEnabled ? UInt(bitPattern: stack.ss_sp) : nil) }
      // All workers run at once, so that no stack is one that another worker has released.
      arrived.wrappingAdd(1, ordering: .sequentiallyConsistent)
      for _ in 0..<10_000 where arrived.load(ordering: .sequentiallyConsistent) < 3 { usleep(1000) }
    }
    let found = stacks.withLock { $0 }
    #expect(found.count == 3 && !found.contains(nil) && Set(found).count == 3, "\(found)")
  }
}
