import EventModel
import JSONTape

/// Rows a `session.logged` event stands for: one entry a block, however often the block repeats.
struct SessionBlock {
  /// Rows the block stands for.
  var repeats: Int
  /// Where its fields stand in the expansion's memory.
  var fields: Range<Int>
}

/// Expands the blocks of a user's sessions into fields that read like a logged set's.
///
/// O(blocks); `repeats` comes from the data and may be absurd, so it is only counted.
final class SessionExpansion {
  private let arena = ByteArena()
  private let block = BlockReader()
  private(set) var blocks: [SessionBlock] = []
  private var rows = 0

  /// Rows a user may expand to; beyond, the live worker would not survive.
  static let rowLimit = 10_000_000

  func removeAll() {
    arena.count = 0
    blocks.removeAll(keepingCapacity: true)
    rows = 0
  }

  /// The fields of a block, until the next ``removeAll()`` or ``expand(_:_:)``.
  func fields(_ block: SessionBlock) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: arena.bytes[block.fields])
  }

  /// Expands a visible session whose `data.blocks` is a non-empty array.
  func expand(
    _ blocks: JSONValue, _ scratch: Scratch, of event: EventID, _ observer: FoldObserver?
  ) throws(Refusal) {
    for (index, element) in blocks.elements.enumerated() {
      if element.kind != .object {
        observer?.note(.blockIsNoObject(index), of: event)
        continue
      }
      observer?.expanded(block: index)
      let start = arena.count
      let repeats = try block.write(element, to: arena, scratch)
      guard repeats <= Double(SessionExpansion.rowLimit - rows) else {
        throw Refusal(.expansionLimit, "the user's sessions expand beyond 10 million rows")
      }
      rows += Int(repeats)
      self.blocks.append(SessionBlock(repeats: Int(repeats), fields: start..<arena.count))
    }
  }
}

/// Reads one block of a session. The order of coercions is the contract's: it decides which hostile
/// value fails the user and which is never looked at.
private final class BlockReader {
  /// Writes the row's fields and returns how many rows the block stands for.
  func write(_ block: JSONValue, to arena: ByteArena, _ scratch: Scratch) throws(Refusal) -> Double {
    var type = block.or("block_type").norm(scratch)
    if type.isEmpty { type = UnsafeRawBufferPointer("session_block") }
    let dose = block.objectOr("dose")
    let work = dose.objectOr("work")
    let recovery = dose.objectOr("recovery")
    let repeats = try count(dose.or("repeats"), fallback: 1)
    let reps = try count(work.or("reps"), fallback: 0)
    let contacts = try count(work.or("contacts"), fallback: 0)
    let duration = try work.or("duration_seconds").number()
    let distance = try work.or("distance_meters").number()
    let rest = try recovery.or("duration_seconds").number()
    let weight = try self.weight(block.or("metrics"))
    let rpe = try self.rpe(block.or("intensity_anchors"), scratch)

    arena.pack(room: type.count * 3 + 256) { out in
      for field in [Field.exercise, .exerciseID, .blockType] {
        out.put(field.rawValue)
        out.putPacked(type)
      }
      put(.reps, reps > 0 ? reps : contacts, &out)
      if contacts > 0 { put(.contacts, contacts, &out) }
      putUnlessNegative(.durationSeconds, duration, &out)
      putUnlessNegative(.distanceMeters, distance, &out)
      putUnlessNegative(.restSeconds, rest, &out)
      putUnlessNegative(.weightKg, weight, &out)
      if let rpe { put(.rpe, rpe, &out) }
    }
    try putRelativeIntensity(block, arena, scratch)
    let target = block.or("capability_target").norm(scratch)
    if !target.isEmpty {
      arena.pack(room: target.count + 8) { out in
        out.put(Field.capabilityTarget.rawValue)
        out.putPacked(target)
      }
    }
    return repeats
  }

  /// posint(v, fallback): rounded to an integer, the fallback below 1.
  private func count(_ value: JSONValue, fallback: Double) throws(Refusal) -> Double {
    guard let number = try value.number() else { return fallback }
    guard number.isFinite else {
      throw Refusal(.countNotFinite, "repeats, reps or contacts of a session block not finite")
    }
    let rounded = roundToEvenInteger(number)
    return rounded < 1 ? fallback : rounded
  }

  /// measurement(entry): its number, unless its state says that it was not measured.
  private func measurement(_ entry: JSONValue, _ scratch: Scratch) throws(Refusal) -> Double? {
    guard entry.kind == .object else { return nil }
    let state = entry.or("measurement_state").norm(scratch)
    guard state.isEmpty || state.equals("measured") || state.equals("estimated") || state.equals("inferred") else {
      return nil
    }
    return try entry.or("value").number()
  }

  private let measurementScratch = Scratch()

  private func weight(_ metrics: JSONValue) throws(Refusal) -> Double? {
    guard metrics.kind == .object else { return nil }
    measurementScratch.reset()
    for name in BlockReader.loads {
      guard let entry = metrics.member(name) else { continue }
      if let number = try measurement(entry, measurementScratch), number >= 0 { return number }
    }
    return nil
  }

  private static let loads: [StaticString] = ["weight_kg", "load_kg", "external_load_kg", "resistance_kg"]

  private func rpe(_ anchors: JSONValue, _ scratch: Scratch) throws(Refusal) -> Double? {
    guard anchors.kind == .array else { return nil }
    for entry in anchors.elements where entry.kind == .object {
      let unit = entry.or("unit").norm(scratch)
      guard unit.equals("rpe") || unit.equals("lifting_rpe") || unit.equals("borg_cr10") || unit.equals("borg_6_20")
      else { continue }
      if let number = try measurement(entry, scratch) { return number }
    }
    return nil
  }

  private static let percents: [StaticString] = [
    "intensity_percent_max", "intensity_percent_max_speed", "intensity_pct", "percent_of_max",
  ]

  private func putRelativeIntensity(_ block: JSONValue, _ arena: ByteArena, _ scratch: Scratch) throws(Refusal) {
    var object = block.or("relative_intensity")
    var percent: Double?
    var isNamedPercent = false
    if object.kind == .object {
      percent = try object.or("value_pct").number()
    } else {
      object = .emptyObject
      for (index, name) in BlockReader.percents.enumerated() {
        guard let value = try block.or(name).number(), value > 0 else { continue }
        percent = value
        isNamedPercent = index != 2
        break
      }
    }
    guard let percent, !(percent <= 0) else { return }
    var type = object.or("reference_type").norm(scratch)
    if type.isEmpty {
      type = block.or("relative_intensity_reference_type").else(block.or("reference_type")).norm(scratch)
    }
    if type.isEmpty, isNamedPercent { type = UnsafeRawBufferPointer("custom") }
    var reference = try object.or("reference_value").number()
    if reference == nil {
      reference = try block.or("relative_intensity_reference_value").else(block.or("reference_value")).number()
    }
    let measuredAt = PythonText.strip(object.or("reference_measured_at").pythonText(scratch))
    _ = try object.or("reference_confidence").number()

    arena.pack(room: type.count + measuredAt.count + 160) { out in
      out.put(Field.relativeIntensity.rawValue)
      let head = out.openPacked(.object)
      var entries = 2
      out.putPacked(UnsafeRawBufferPointer("value_pct"))
      out.putPacked(percent)
      if !type.isEmpty {
        entries += 1
        out.putPacked(UnsafeRawBufferPointer("reference_type"))
        out.putPacked(type)
      }
      if let reference, reference > 0 {
        entries += 1
        out.putPacked(UnsafeRawBufferPointer("reference_value"))
        out.putPacked(reference)
      }
      out.putPacked(UnsafeRawBufferPointer("reference_measured_at"))
      out.putPacked(measuredAt)
      out.closePacked(head, entries: entries)
    }
  }

  private func put(_ field: Field, _ value: Double, _ out: inout PackedWriter) {
    out.put(field.rawValue)
    out.putPacked(value)
  }

  private func putUnlessNegative(_ field: Field, _ value: Double?, _ out: inout PackedWriter) {
    if let value, value >= 0 { put(field, value, &out) }
  }
}

extension JSONValue {
  /// The member, null when there is none.
  func or(_ name: StaticString) -> JSONValue { member(name) ?? .null }

  /// The member if it is an object, else `{}`.
  func objectOr(_ name: StaticString) -> JSONValue {
    guard let value = member(name), value.kind == .object else { return .emptyObject }
    return value
  }

  /// Python's `self or other`.
  func `else`(_ other: JSONValue) -> JSONValue { isTruthy ? self : other }
}
