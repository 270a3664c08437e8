import CFuzzDriver
import Platform

/// Fuzzes the code that reads untrusted bytes. An input's first byte chooses the check; the rest is what it checks.
///
///     refold-fuzz [--inputs N] [--seed S] [--corpus DIR] [--replay FILE] [--export DIR]
///
/// Seeded and repeatable: the same seed, count and corpus give the same inputs. Each input is kept in
/// `refold-fuzz.PID.last` in the temporary directory while it is tried, so that an input that crashes is not lost. If
/// built with `-Xswiftc -sanitize=fuzzer`, it is a libFuzzer program instead and takes libFuzzer's arguments.
@main
enum RefoldFuzz {
  nonisolated(unsafe) private static let checks = Checks()

  static func main() {
    var count = CommandLine.argc
    var words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    let code = refold_run_libfuzzer(&count, &words) { bytes, count in
      if let finding = RefoldFuzz.checks.finding(in: UnsafeRawBufferPointer(start: bytes, count: count)) {
        print(finding)
        abort()
      }
      return 0
    }
    if code != -1 { exit(code) }
    let options = Options(CommandLine.arguments.dropFirst())
    if let file = options.replay {
      replay(file)
    } else if let folder = options.export {
      export(Corpus(options.corpus), to: folder)
    } else {
      run(options)
    }
  }

  private static func run(_ options: Options) {
    let corpus = Corpus(options.corpus)
    var mutator = Mutator(seed: options.seed, corpus: corpus)
    let last = LastInput()
    print("seed \(options.seed), \(corpus.count) inputs of the corpus, \(options.inputs) mutated ones")
    for number in 0..<corpus.count + options.inputs {
      let input = number < corpus.count ? corpus[number] : mutator.next()
      last.keep(input)
      if let finding = input.withUnsafeBytes({ checks.finding(in: $0) }) {
        print("input \(number): \(finding)\n\(last.path) holds it: refold-fuzz --replay \(last.path)")
        exit(1)
      }
    }
    last.forget()
    print(checks.summary)
  }

  /// Writes the corpus for libFuzzer, one file per input.
  private static func export(_ corpus: Corpus, to folder: String) {
    mkdir(folder, 0o700)
    for number in 0..<corpus.count {
      let descriptor = open("\(folder)/\(number)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      write(descriptor, corpus[number], corpus[number].count)
      close(descriptor)
    }
  }

  private static func replay(_ file: String) {
    let input = readFile(file)
    let finding = input.withUnsafeBytes { checks.finding(in: $0) }
    print(finding ?? "nothing found")
    exit(finding == nil ? 0 : 1)
  }
}

/// The options on the command line.
private struct Options {
  var inputs = 10_000
  var seed: UInt64 = 1
  var corpus = "fixtures"
  var replay: String?
  var export: String?

  init(_ words: ArraySlice<String>) {
    var words = words
    while let name = words.popFirst() {
      let value = words.popFirst() ?? ""
      switch name {
      case "--inputs": inputs = Int(value) ?? inputs
      case "--seed": seed = UInt64(value) ?? seed
      case "--corpus": corpus = value
      case "--replay": replay = value
      case "--export": export = value
      default:
        print("usage: refold-fuzz [--inputs N] [--seed S] [--corpus DIR] [--replay FILE] [--export DIR]")
        exit(2)
      }
    }
  }
}

/// The current input, in a file.
private final class LastInput {
  let path: String
  private let descriptor: Int32

  init() {
    let directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    path = directory + "/refold-fuzz.\(getpid()).last"
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
  }

  func keep(_ input: [UInt8]) {
    pwrite(descriptor, input, input.count, 0)
    ftruncate(descriptor, off_t(input.count))
  }

  func forget() { unlink(path) }
}

/// A whole file; empty if it cannot be read.
func readFile(_ path: String) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  if descriptor < 0 { return [] }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &block, block.count)
    if count <= 0 { return bytes }
    bytes += block[..<count]
  }
}
