import EventModel
import Folding
import JSONTape
import PythonValues
import TimeZones

/// A row that the capability reducers fold: a logged set with its corrections, a block of a session, or an imported
/// activity. A block counts as ``repeats`` equal rows.
///
/// One object is re-used for all rows of all users of a thread.
final class TrainingRow {
  let data = FieldSlots()
  let metadata = FieldSlots()
  /// Memory for texts that are valid as long as the row.
  let scratch = Scratch()
  /// The members of the relative intensity that was read last.
  let intensity = MemberSlots<IntensityMember>()
  private let terms: TermTable
  /// Records what the reducers make of the row; `nil` in ordinary runs.
  var observer: FitnessObserver?
  /// The valid names of time zones.
  let zones: ZoneNames
  var event = EventID(high: 0, low: 0)
  var timestamp = Instant(microseconds: 0)
  var repeats = 1
  /// The term of `exercise_id`, which several rules use.
  private(set) var exerciseID = Term.empty

  init(_ terms: TermTable, _ zones: ZoneNames, _ observer: FitnessObserver?) {
    self.zones = zones
    self.terms = terms
    self.observer = observer
  }

  /// Begins the row whose data is loaded.
  @inline(__always)
  func begin() {
    scratch.reset()
    terms.makeRoom()
    exerciseID = term(.exerciseID)
  }

  /// The term of a field of `data`; the empty term if the field is absent.
  @inline(__always)
  func term(_ field: Field) -> Term {
    guard let value = data[field] else { return .empty }
    return terms.term(value, scratch)
  }

  /// `weight_kg`, or `weight` if the key `weight_kg` is absent.
  @inline(__always)
  var load: JSONValue? { data[.weightKg] ?? data[.weight] }
}
