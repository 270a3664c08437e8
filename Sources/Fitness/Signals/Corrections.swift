import EventModel
import Folding
import JSONTape
import PythonValues

/// The corrected fields of logged sets, by the id of the set, in the order in which they apply.
///
/// `set.corrected` events apply in history order, and the fields of an event in jsonb key order.
/// Names are trimmed: ` reps` and `reps` both name the field `reps`, and the longer spelling applies last.
struct Corrections {
  private struct Field {
    var set: EventID
    var order: Int
    var number: UInt8
    var value: JSONValue
  }

  /// After ``close()``: sorted by set, then by order of application.
  private var fields: [Field] = []
  /// A filter for the ids of the corrected sets.
  private var endings = IDEndings()

  /// Adds the corrections of a visible `set.corrected` event. `data` contains the data of the event.
  mutating func add(_ event: EventID, _ data: FieldSlots, _ scratch: Scratch, _ observer: FitnessObserver?) {
    let target = data.orNull(.targetEventID).trimmed(scratch)
    guard let id = eventID(exactly: target) else {
      observer?.note(.correctionIgnored(.targetIsNoID), of: event)
      return
    }
    guard let changed = data[.changedFields], changed.kind == .object else {
      let isFalsy = !data.orNull(.changedFields).isTruthy
      observer?.note(.correctionIgnored(isFalsy ? .noFields : .changedFieldsNotObject), of: event)
      return
    }
    if changed.entryCount == 0 { observer?.note(.correctionIgnored(.noFields), of: event) }
    for (name, raw) in changed.members {
      let name = PythonText.strip(name)
      let number = Vocabulary.fitness.tables.dataFields.index(of: name)
      if number == 0 {
        observer?.note(.correctsUnreadField(set: id), of: event)
        continue
      }
      observer?.note(.corrects(set: id, field: Foreign(string(name)), order: fields.count), of: event)
      endings.insert(id)
      fields.append(Field(set: id, order: fields.count, number: number, value: raw.member("value") ?? raw))
    }
  }

  /// Sorts the fields. Call it after the last event is added and before a correction is applied.
  mutating func close() { fields.sort { $0.set == $1.set ? $0.order < $1.order : $0.set < $1.set } }

  /// Overwrites the corrected fields in the data of a set. O(1) for most sets without a correction, else O(log n + k)
  /// with n corrected fields, k of them of this set.
  @inline(__always)
  func apply(to id: EventID, _ data: FieldSlots, _ observer: FitnessObserver?) {
    if endings.contains(id) { overlay(id, data, observer) }
  }

  private func overlay(_ id: EventID, _ data: FieldSlots, _ observer: FitnessObserver?) {
    var low = 0
    var high = fields.count
    while low < high {
      let middle = (low + high) / 2
      if fields[middle].set < id { low = middle + 1 } else { high = middle }
    }
    while low < fields.count, fields[low].set == id {
      observer?.note(.corrected(change(fields[low], of: data)), of: id)
      data.set(fields[low].number, fields[low].value)
      low += 1
    }
  }

  private func change(_ correction: Field, of data: FieldSlots) -> FieldChange {
    guard let field = Vocabulary.fitness.field(correction.number) else {
      preconditionFailure("the number of a corrected field is one of the vocabulary")
    }
    return FieldChange(
      order: correction.order, field: field.name.description, before: data[field].map(json),
      after: json(correction.value))
  }
}
