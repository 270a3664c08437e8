import EventModel
import Folding
import JSONTape
import PythonValues

/// Reads one block of a session. The coercions are in the order of the contract, because the order decides which
/// hostile value fails the user and which is never read.
final class BlockReader {
  private let block = MemberSlots<BlockMember>()
  private let dose = MemberSlots<DoseMember>()
  private let work = MemberSlots<DoseMember>()
  private let recovery = MemberSlots<DoseMember>()
  private let metrics = MemberSlots<LoadMember>()
  private let entry = MemberSlots<MeasurementMember>()
  private let intensity = MemberSlots<IntensityMember>()

  /// Writes the fields of the block's rows and returns the number of rows. It does not write the exercise, which has
  /// the name of the block type.
  func write(_ object: JSONValue, to arena: ByteArena, _ scratch: Scratch) throws(Refusal) -> Double {
    block.load(object)
    dose.load(block[.dose])
    work.load(dose[.work])
    recovery.load(dose[.recovery])
    var type = block.norm(.blockType, scratch)
    if type.isEmpty { type = UnsafeRawBufferPointer("session_block") }
    let repeats = try count(dose[.repeats], fallback: 1)
    let reps = try count(work[.reps], fallback: 0)
    let contacts = try count(work[.contacts], fallback: 0)
    let duration = try work.number(.duration)
    let distance = try work.number(.distance)
    let rest = try recovery.number(.duration)
    let weight = try self.weight(block[.metrics], scratch)
    let rpe = try self.rpe(block[.anchors], scratch)

    arena.pack(room: type.count + 256) { out in
      put(.blockType, type, &out)
      put(.reps, reps > 0 ? reps : contacts, &out)
      if contacts > 0 { put(.contacts, contacts, &out) }
      putUnlessNegative(.durationSeconds, duration, &out)
      putUnlessNegative(.distanceMeters, distance, &out)
      putUnlessNegative(.restSeconds, rest, &out)
      putUnlessNegative(.weightKg, weight, &out)
      if let rpe { put(.rpe, rpe, &out) }
    }
    try putRelativeIntensity(arena, scratch)
    let target = block.norm(.capabilityTarget, scratch)
    if !target.isEmpty {
      arena.pack(room: target.count + 8) { put(.capabilityTarget, target, &$0) }
    }
    return repeats
  }

  /// posint(v, fallback): the number, rounded to an integer; the fallback if there is no number or if it is below 1.
  private func count(_ value: JSONValue?, fallback: Double) throws(Refusal) -> Double {
    guard let number = try value?.number() else { return fallback }
    guard number.isFinite else {
      throw Refusal(.countNotFinite, "repeats, reps or contacts of a session block not finite")
    }
    let rounded = roundToEvenInteger(number)
    return rounded < 1 ? fallback : rounded
  }

  /// measurement(entry) of the loaded entry: its number, or `nil` if its state says that it was not measured.
  private func measurement(_ scratch: Scratch) throws(Refusal) -> Double? {
    let isMeasured =
      entry[.state] == nil
      || entry.isNorm(.state, scratch) {
        $0.isEmpty || $0.equals("measured") || $0.equals("estimated") || $0.equals("inferred")
      }
    guard isMeasured else { return nil }
    return try entry.number(.value)
  }

  private func weight(_ value: JSONValue?, _ scratch: Scratch) throws(Refusal) -> Double? {
    metrics.load(value)
    for name in BlockReader.loads {
      guard let load = metrics[name] else { continue }
      entry.load(load)
      if let number = try measurement(scratch), number >= 0 { return number }
    }
    return nil
  }

  private func rpe(_ anchors: JSONValue?, _ scratch: Scratch) throws(Refusal) -> Double? {
    guard let anchors else { return nil }
    for anchor in anchors.elements {
      entry.load(anchor)
      let isExertion = entry.isNorm(.unit, scratch) {
        $0.equals("rpe") || $0.equals("lifting_rpe") || $0.equals("borg_cr10") || $0.equals("borg_6_20")
      }
      guard isExertion else { continue }
      if let number = try measurement(scratch) { return number }
    }
    return nil
  }

  /// The numbers of the member names of a written relative intensity.
  private let names = (
    percent: KnownNames.number(of: IntensityMember.percent.name),
    type: KnownNames.number(of: IntensityMember.referenceType.name),
    reference: KnownNames.number(of: IntensityMember.referenceValue.name),
    measuredAt: KnownNames.number(of: IntensityMember.measuredAt.name)
  )
  private static let loads = LoadMember.allCases
  private static let percents: [BlockMember] = [.percentMax, .percentMaxSpeed, .percent, .percentOfMax]

  private func putRelativeIntensity(_ arena: ByteArena, _ scratch: Scratch) throws(Refusal) {
    let object = block[.relativeIntensity]
    intensity.load(object)
    var percent: Double?
    var isNamedPercent = false
    if object?.kind == .object {
      percent = try intensity.number(.percent)
    } else {
      for name in BlockReader.percents {
        guard let value = try block.number(name), value > 0 else { continue }
        percent = value
        isNamedPercent = name != .percent
        break
      }
    }
    guard let percent, !(percent <= 0) else { return }
    var type = intensity.norm(.referenceType, scratch)
    if type.isEmpty {
      type = block.orNull(.relativeReferenceType).else(block.orNull(.referenceType)).norm(scratch)
    }
    if type.isEmpty, isNamedPercent { type = UnsafeRawBufferPointer("custom") }
    var reference = try intensity.number(.referenceValue)
    if reference == nil {
      reference = try block.orNull(.relativeReferenceValue).else(block.orNull(.referenceValue)).number()
    }
    let measuredAt = PythonText.strip(intensity.orNull(.measuredAt).pythonText(scratch))
    _ = try intensity.number(.confidence)

    arena.pack(room: type.count + measuredAt.count + 160) { out in
      let field = out.openField(Field.relativeIntensity.rawValue)
      let head = out.openPacked(.object)
      var entries = 2
      out.put(names.percent)
      out.putPacked(percent)
      if !type.isEmpty {
        entries += 1
        out.put(names.type)
        out.putPacked(type)
      }
      if let reference, reference > 0 {
        entries += 1
        out.put(names.reference)
        out.putPacked(reference)
      }
      out.put(names.measuredAt)
      out.putPacked(measuredAt)
      out.closePacked(head, entries: entries)
      out.closeField(field)
    }
  }

  private func put(_ field: Field, _ value: Double, _ out: inout PackedWriter) {
    let start = out.openField(field.rawValue)
    out.putPacked(value)
    out.closeField(start)
  }

  private func put(_ field: Field, _ text: UnsafeRawBufferPointer, _ out: inout PackedWriter) {
    let start = out.openField(field.rawValue)
    out.putPacked(text)
    out.closeField(start)
  }

  private func putUnlessNegative(_ field: Field, _ value: Double?, _ out: inout PackedWriter) {
    if let value, value >= 0 { put(field, value, &out) }
  }
}
