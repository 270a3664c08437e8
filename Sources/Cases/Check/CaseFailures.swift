import EventModel
import Reporting
import SnapshotStore

private struct FailurePlace: Hashable, Comparable {
  var user: UserID
  var type: String

  static func < (a: FailurePlace, b: FailurePlace) -> Bool { a.user == b.user ? a.type < b.type : a.user < b.user }
}

extension CaseRun {
  /// Compares the failures of the rebuild with the recorded ones.
  func compareFailures(_ recording: String) throws {
    var recorded: [FailurePlace: RecordedFailure] = [:]
    for failure in exists(recording) ? try recordedFailures(recording) : []
    where description.only.includes(type: failure.projectionType) {
      let place = FailurePlace(user: failure.user, type: failure.projectionType)
      if recorded.updateValue(failure, forKey: place) != nil {
        throw CaseError(file: recording, place: nil, reason: "holds \(place.type) of user \(place.user) more than once")
      }
    }
    checked.append(counted(recorded.count, "failure"))
    rowsCompared += recorded.count
    for failure in try SnapshotReader(snapshot).failures().all() {
      let place = FailurePlace(user: failure.user, type: failure.projectionType)
      let note = CauseDetail.failed(failure)
      guard let expected = recorded.removeValue(forKey: place) else {
        rowsCompared += 1
        changes.note(
          CaseChange(.added, .failure, user: failure.user, name: failure.projectionType, notes: [note.text(.plain)]))
        continue
      }
      var fields: [CaseChange.Field] = []
      func compare(_ path: String, _ expected: String?, _ now: String?) {
        if expected == now { return }
        func json(_ text: String?) -> String { text.map { "\"\($0)\"" } ?? "null" }
        fields.append(.init(path: path, expected: json(expected), now: json(now)))
      }
      compare("code", expected.code, failure.code.rawValue)
      if case .some(let event) = expected.event { compare("event_id", event?.description, failure.event?.description) }
      if fields.isEmpty { continue }
      changes.note(
        CaseChange(
          .changed, .failure, user: failure.user, name: failure.projectionType, fields: fields,
          notes: [note.text(.plain)]))
    }
    for place in recorded.keys.sorted() {
      changes.note(CaseChange(.removed, .failure, user: place.user, name: place.type))
    }
  }
}
