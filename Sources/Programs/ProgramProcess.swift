import CSystem
import EventModel
import Folding
import JSONTape
import Platform
import Running
import SnapshotStore

/// A running reducer program. It is asked for one user after the other, by one thread at a time.
final class ProgramProcess: @unchecked Sendable {
  /// The longest answer for one user, in bytes.
  private static let longestAnswer = 256 << 20

  private let process: pid_t
  private let entry: TemporaryFiles.Entry
  /// The program's standard input and output, not blocking.
  private let input: Int32
  private let output: Int32
  private let timeout: Int
  private let reader: AnswerReader
  private let writer = QuestionWriter()
  /// What the program wrote and was not used yet.
  private let inbox = ByteArena(capacity: 1 << 16)
  private var isRunning = true

  init(_ file: ReducerFile, timeout: Int, errors: ProgramErrors) throws(ProgramFault) {
    self.timeout = timeout
    reader = AnswerReader(file.projections)
    let errorFile = try errors.descriptor()
    let question = try ProgramProcess.pipe()
    let answer: (reading: Int32, writing: Int32)
    do throws(ProgramFault) { answer = try ProgramProcess.pipe() } catch {
      close(question.reading)
      close(question.writing)
      throw error
    }
    defer {
      close(question.reading)
      close(answer.writing)
    }
    do throws(ProgramFault) {
      (entry, process) = try ProgramProcess.start(
        file, input: question.reading, output: answer.writing, errors: errorFile)
    } catch {
      close(question.writing)
      close(answer.reading)
      throw error
    }
    input = question.writing
    output = answer.reading
    for descriptor in [input, output] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
  }

  deinit { end() }

  /// A pipe whose ends are not passed on to other programs.
  private static func pipe() throws(ProgramFault) -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    // A large pipe takes a user's whole question at once.
    if refold_pipe(&ends, 1 << 20) != 0 {
      throw ProgramFault("cannot open a pipe: \(String(cString: strerror(errno)).lowercased())")
    }
    return (ends[0], ends[1])
  }

  /// Starts the program in the folder of its file, in a process group of its own.
  private static func start(
    _ file: ReducerFile, input: Int32, output: Int32, errors: Int32
  ) throws(ProgramFault) -> (TemporaryFiles.Entry, pid_t) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
    refold_spawn_in(&actions, file.folder)
    var words = file.command.map { strdup($0) } + [nil]
    // Python then hands out each line at once, even if the program forgets to flush.
    var variables = Environment.inherited(adding: ["PYTHONUNBUFFERED=1"]).map { strdup($0) } + [nil]
    defer { for copy in words + variables { free(copy) } }
    do throws(SnapshotError) {
      return try TemporaryFiles.startChild(file.command[0]) { mask in
        var child: pid_t = 0
        var mask = mask
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setsigmask(&attributes, &mask)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
          &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        let code = posix_spawnp(&child, file.command[0], &actions, &attributes, &words, &variables)
        errno = code
        return code == 0 ? child : -1
      }
    } catch {
      throw ProgramFault("cannot start '\(file.command[0])': \(error.reason)")
    }
  }

  // MARK: Asking

  /// Asks for the rows of one user.
  func ask(_ question: OutsideQuestion, into answer: OutsideAnswer) throws(ProgramFault) {
    let deadline = Deadline(seconds: timeout)
    try receive(deadline, waiting: false)
    if inbox.count > 0 {
      throw ProgramFault("wrote to standard output without being asked; standard output is for answers")
    }
    try writer.write(question) { (bytes) throws(ProgramFault) in try send(bytes, deadline) }
    // A line has an end.
    var searched = 0
    while true {
      if let end = UnsafeRawBufferPointer(rebasing: inbox.bytes[searched...]).firstIndex(of: UInt8(ascii: "\n")) {
        let line = UnsafeRawBufferPointer(rebasing: inbox.bytes[..<(searched + end)])
        if searched + end + 1 < inbox.count {
          throw ProgramFault("wrote more than one line for one user; standard output is for answers")
        }
        try reader.read(line, inbox, question, into: answer)
        inbox.count = 0
        return
      }
      searched = inbox.count
      if searched > ProgramProcess.longestAnswer { throw ProgramFault("its answer is longer than 256 MiB") }
      try receive(deadline, waiting: true)
    }
  }

  /// Writes bytes to the program. What it writes meanwhile is taken, so that neither waits for the other.
  private func send(_ bytes: UnsafeRawBufferPointer, _ deadline: Deadline) throws(ProgramFault) {
    var done = 0
    while done < bytes.count {
      let written = Platform.write(input, bytes.baseAddress! + done, bytes.count - done)
      if written >= 0 {
        done += written
      } else if errno == EAGAIN {
        try wait(for: (input, POLLOUT), deadline)
      } else if errno != EINTR {
        throw ended(or: "cannot write to it: \(String(cString: strerror(errno)).lowercased())")
      }
    }
  }

  /// Reads what the program wrote. If `waiting`, returns after at least one byte.
  private func receive(_ deadline: Deadline, waiting: Bool) throws(ProgramFault) {
    while true {
      inbox.reserve(1 << 16)
      let got = read(output, inbox.base + inbox.count, 1 << 16)
      if got > 0 {
        inbox.count += got
        return
      }
      if got == 0 { throw ended(or: "closed its standard output") }
      if errno == EAGAIN {
        if !waiting { return }
        try wait(for: nil, deadline)
      } else if errno != EINTR {
        throw ProgramFault("cannot read from it: \(String(cString: strerror(errno)).lowercased())")
      }
    }
  }

  /// Waits until the program can be written to, or has written something.
  private func wait(for writing: (descriptor: Int32, event: Int32)?, _ deadline: Deadline) throws(ProgramFault) {
    var wanted = [pollfd(fd: output, events: Int16(POLLIN), revents: 0)]
    if let writing { wanted.append(pollfd(fd: writing.descriptor, events: Int16(writing.event), revents: 0)) }
    let left = deadline.millisecondsLeft
    if left <= 0 {
      throw ProgramFault(
        """
        gave no answer within \(timeout) s (--reducer-timeout); it must write one line for each user, and flush it
        """)
    }
    let ready = poll(&wanted, nfds_t(wanted.count), Int32(min(left, 1 << 20)))
    if ready < 0, errno != EINTR {
      throw ProgramFault("cannot wait for it: \(String(cString: strerror(errno)).lowercased())")
    }
    if writing != nil, wanted[0].revents != 0 {
      try receive(deadline, waiting: false)
      if inbox.count > ProgramProcess.longestAnswer { throw ProgramFault("its answer is longer than 256 MiB") }
    }
  }

  // MARK: Ending

  /// How the program ended, if it did.
  private func ended(or reason: String) -> ProgramFault {
    // A program that closed its output may still be ending.
    for _ in 0..<1000 {
      if let status = reap() {
        let signal = status & 0x7F
        return ProgramFault(
          signal == 0 ? "ended with exit status \(status >> 8 & 0xFF)" : "was ended by signal \(signal)")
      }
      poll(nil, 0, 1)
    }
    return ProgramFault(reason)
  }

  /// The status with which the program ended, if it did. What it started and left behind is ended then.
  private func reap() -> Int32? {
    if !isRunning { return nil }
    // As long as nobody has waited for the program, its process group can be no other's.
    var information = siginfo_t()
    guard waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT) == 0, information.si_signo == SIGCHLD
    else { return nil }
    TemporaryFiles.signalChild(process, SIGKILL)
    var status: Int32 = 0
    guard waitpid(process, &status, WNOHANG) == process else { return nil }
    isRunning = false
    TemporaryFiles.forget(entry)
    return status
  }

  /// Ends the program at once.
  func kill() {
    if isRunning { TemporaryFiles.signalChild(process, SIGKILL) }
    end()
  }

  private var isEnded = false

  /// Closes the program's input and waits for its end. A program that takes longer than two seconds is killed.
  func end() {
    if isEnded { return }
    isEnded = true
    close(input)
    close(output)
    for round in 0..<2 {
      for _ in 0..<2000 where isRunning {
        if reap() == nil { poll(nil, 0, 1) }
      }
      if isRunning, round == 0 { TemporaryFiles.signalChild(process, SIGKILL) }
    }
    if isRunning { TemporaryFiles.forget(entry) }
  }
}

/// A moment in the future.
private struct Deadline {
  private let end: Int

  init(seconds: Int) { end = Deadline.now + seconds * 1000 }

  var millisecondsLeft: Int { end - Deadline.now }

  private static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
  }
}
