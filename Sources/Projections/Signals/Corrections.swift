import EventModel
import JSONTape

/// Corrected fields of logged sets, by the set's id, in the order in which they apply.
///
/// `set.corrected` events apply in order, the fields of one in jsonb key order; names are trimmed, so
/// ` reps` and `reps` both name `reps` and the longer spelling applies last.
struct Corrections {
  struct Field {
    var number: UInt8
    var value: JSONValue
  }

  private var fields: [EventID: [Field]] = [:]

  var isEmpty: Bool { fields.isEmpty }

  /// Notes a visible `set.corrected` event, whose data is in `data`.
  mutating func add(_ data: FieldSlots, _ scratch: Scratch) {
    let target = data.orNull(.targetEventID).trimmed(scratch)
    guard let id = eventID(exactly: target), let changed = data[.changedFields], changed.kind == .object else { return }
    for (name, raw) in changed.members {
      let number = Projections.Field.dataTable.index(of: PythonText.strip(name))
      if number == 0 { continue }
      fields[id, default: []].append(Field(number: number, value: raw.member("value") ?? raw))
    }
  }

  /// Writes what was corrected of the set over its data.
  @inline(__always)
  func apply(to id: EventID, _ data: FieldSlots) {
    if fields.isEmpty { return }
    for field in fields[id] ?? [] { data.set(field.number, field.value) }
  }
}
