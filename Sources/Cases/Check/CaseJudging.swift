import Comparing
import EventModel
import Reconciliation
import Reporting
import Synchronization

/// Which unexpected results do not fail a case. They are counted, never equal.
package struct CaseJudging: Sendable {
  /// Rules for fields.
  package var rules = FieldRules()
  /// The differences that are accepted one by one; `nil`: none.
  package var accepted: AcceptedChanges?
  /// Whether accepted changes are reported in full, too.
  package var showsAccepted = false

  package init() {}
}

/// The entries of accept files, for cases that run in parallel. An entry accepts its difference in whichever case that
/// is.
package final class AcceptedChanges: Sendable {
  private let register: Mutex<DifferenceRegister>

  /// - Parameters:
  ///   - plan: names the files.
  ///   - scope: what all cases are about.
  package init(_ plan: RegisterPlan, _ scope: AcceptScope) throws {
    let register = try DifferenceRegister(plan)
    register.begin(scope)
    self.register = Mutex(register)
  }

  /// What the entry that accepts the difference says; `nil` if none accepts it.
  func note(of difference: RowDifference) throws -> AcceptanceNote? {
    try register.withLock { register in
      let marked = try register.mark(difference) { _ in false }
      guard case .entry(let note) = marked.marks.acceptance else { return nil }
      return note
    }
  }

  /// What became of the entries, after all cases.
  func figures() -> AcceptanceFigures? { register.withLock { $0.acceptance() } }
}

extension CaseRun {
  /// Notes an unexpected row, or an unexpected difference of a live row.
  ///
  /// - Parameter isTolerated: whether the row is as expected but for what the rules cover.
  func note(_ change: CaseChange, of difference: RowDifference, row: RowPlace? = nil, isTolerated: Bool) throws {
    var change = change
    change.difference = difference.marks.fingerprint.map {
      CaseChange.Difference(causes: difference.causes, fingerprint: $0)
    }
    // An entry is used even where a rule tolerates the same.
    let entry = try judging.accepted?.note(of: difference)
    if isTolerated {
      change.acceptance = .cause
    } else if let entry {
      change.acceptance = .entry(entry)
    }
    if change.acceptance != nil {
      changes.note(accepted: change)
    } else if let row {
      changes.note(change, row: row)
    } else {
      changes.note(change)
    }
  }
}
