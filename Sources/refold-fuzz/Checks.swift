/// What an input is for: its first byte, modulo the number of checks.
enum Check: UInt8, CaseIterable {
  /// Any bytes as a file: blocks of any size give the same records.
  case readers
  /// Any bytes as JSON: simdjson and the exact parser give the same value.
  case numbers
  /// Any bytes as an event's data: NDJSON, JSON arrays, CSV, COPY text and INSERT statements give the same event.
  case forms
  /// Any bytes as an event's texts: CSV, COPY text, INSERT statements and, if they are UTF-8, NDJSON give the same
  /// event.
  case texts
  /// Any JSON as an event's data: folding ends, and all rows are JSON.
  case fold
}

/// The checks, and how often each was made. Not thread-safe.
final class Checks {
  private let scratch = ScratchFile()
  private lazy var readers = ReaderCheck(scratch)
  private let numbers = NumberCheck()
  private lazy var forms = FormCheck(scratch)
  private let fold = FoldCheck()
  private var counts = [Int](repeating: 0, count: Check.allCases.count)
  /// Inputs that were accepted as a value or an event, by check: a fuzzer whose inputs are all refused tests little.
  private var taken = [Int](repeating: 0, count: Check.allCases.count)

  /// What is wrong with refold, if the input shows something.
  func finding(in input: UnsafeRawBufferPointer) -> String? {
    guard let first = input.first else { return nil }
    let check = Check.allCases[Int(first) % Check.allCases.count]
    let bytes = Array(input.dropFirst())
    counts[Int(check.rawValue)] += 1
    let result: CheckResult =
      switch check {
      case .readers: readers.check(bytes)
      case .numbers: numbers.check(bytes)
      case .forms: forms.check(data: bytes)
      case .texts: forms.check(text: bytes)
      case .fold: fold.check(bytes)
      }
    if result == .taken { taken[Int(check.rawValue)] += 1 }
    if case .wrong(let finding) = result { return "\(check): \(finding)" }
    return nil
  }

  var summary: String {
    Check.allCases.map {
      "\($0): \(counts[Int($0.rawValue)]) inputs, \(taken[Int($0.rawValue)]) taken, nothing found\n"
    }
    .joined()
  }
}

enum CheckResult: Equatable {
  case refused
  case taken
  case wrong(String)
}
