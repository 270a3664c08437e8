import EventModel
import Folding
import JSONTape
import PythonValues
import TimeZones

/// What the capability reducers fold: a logged set with its corrections, a block of a session, or an
/// imported activity; a block stands for ``repeats`` equal rows.
///
/// One object re-used for all rows of all users of a thread.
final class TrainingRow {
  let data = FieldSlots()
  let metadata = FieldSlots()
  /// Texts that live as long as the row.
  let scratch = Scratch()
  /// Of the relative intensity looked at last.
  let intensity = MemberSlots<IntensityMember>()
  private let terms: TermTable
  /// Records what becomes of rows; `nil` in ordinary runs.
  var observer: FitnessObserver?
  /// Which names of time zones are valid.
  let zones: ZoneNames
  var event = EventID(high: 0, low: 0)
  var timestamp = Instant(microseconds: 0)
  var repeats = 1
  /// What `exercise_id` names; several rules ask for it.
  private(set) var exerciseID = Term.empty

  init(_ terms: TermTable, _ zones: ZoneNames, _ observer: FitnessObserver?) {
    self.zones = zones
    self.terms = terms
    self.observer = observer
  }

  /// Begins the row that was loaded.
  @inline(__always)
  func begin() {
    scratch.reset()
    terms.makeRoom()
    exerciseID = term(.exerciseID)
  }

  /// What a field of `data` names; the empty term when it is absent.
  @inline(__always)
  func term(_ field: Field) -> Term {
    guard let value = data[field] else { return .empty }
    return terms.term(value, scratch)
  }

  /// `weight_kg`, or `weight` when the key weight_kg is absent.
  @inline(__always)
  var load: JSONValue? { data[.weightKg] ?? data[.weight] }
}
