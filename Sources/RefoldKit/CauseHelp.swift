import EventModel
import Formatting
import Reporting

/// The causes of a diff, for help.
enum CauseHelp {
  /// A line or more for each cause: what it means, and what to do next.
  static var text: String {
    Cause.allCases.map { cause in
      let column = 15
      let name = cause.rawValue + String(repeating: " ", count: column - 2 - cause.rawValue.count)
      let next = cause.nextStep.map { "; next: " + $0 } ?? ""
      return wrapped("  " + name + cause.meaning + next, width: 79, indent: column)
    }.joined(separator: "\n")
  }
}
