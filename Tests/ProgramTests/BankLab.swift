import Foundation
import ProcessSupport

/// The bank of `Tests/BankDomain` and `fixtures/reducers/bank*.json`, which compute the same.
struct BankLab {
  static let first = repository + "/fixtures/reducers/bank-v1.json"
  static let second = repository + "/fixtures/reducers/bank.json"

  let lab: ProgramLab

  /// Two accounts; the first one is overdrawn, and the third is refused.
  static let log = [
    (1, "money.deposited", "10000"), (1, "money.withdrawn", "12500"), (1, "money.deposited", "5000"),
    (2, "money.deposited", "700"), (2, "letter.sent", "0"), (3, "money.deposited", "1.5"),
  ].enumerated().map { number, event in
    ProgramLab.event(
      number + 1, of: event.0, event.1, day: number + 1,
      data: "{\"cents\":\(event.2),\"notes\":\"\(ProgramLab.secret)\"}")
  }.joined()

  init() throws { lab = try ProgramLab(log: BankLab.log) }

  func bank(_ arguments: [String]) throws -> FinishedProcess {
    try lab.refold(arguments, binary: builtPrograms + "/refold-bank")
  }

  /// Writes `NAME.sqlite`.
  func rebuild(_ name: String, _ reducers: [String]) throws -> FinishedProcess {
    try bank(
      ["rebuild", "log.ndjson", "--as-of", ProgramLab.asOf, "-o", name + ".sqlite", "--quiet"]
        + reducers.flatMap { ["--reducers", $0] })
  }
}
