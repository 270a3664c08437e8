import EventModel

/// Names that nested members of training logs have over and over, by number: a packed object keeps such a name as one
/// byte instead of its text. A name always has its number, so equal objects still are equal bytes.
public enum KnownNames {
  /// Lower bytes before a member are the tags of texts.
  @inlinable @inline(__always)
  public static var first: UInt8 { 32 }

  private static let names: [StaticString] = [
    // Sessions: blocks, their doses and measurements.
    "block_type", "dose", "metrics", "intensity_anchors", "capability_target", "relative_intensity",
    "reference_type", "reference_value", "relative_intensity_reference_type", "relative_intensity_reference_value",
    "intensity_percent_max", "intensity_percent_max_speed", "intensity_pct", "percent_of_max",
    "work", "recovery", "repeats", "reps", "contacts", "duration_seconds", "distance_meters",
    "weight_kg", "load_kg", "external_load_kg", "resistance_kg",
    "unit", "value", "measurement_state",
    "value_pct", "reference_measured_at", "reference_confidence",
    // What is said of sessions.
    "sport", "started_at", "session_id",
    // Objectives.
    "type", "metric", "target", "description",
    // Corrected fields.
    "rir", "rpe", "exercise_id", "exercise", "weight", "rest_seconds", "jump_height_cm",
  ]

  private static let table = FieldTable(names)

  /// In the order of their numbers, from ``first`` on; live for good.
  private nonisolated(unsafe) static let texts: UnsafePointer<UnsafeRawBufferPointer> = {
    let texts = UnsafeMutablePointer<UnsafeRawBufferPointer>.allocate(capacity: names.count)
    for (index, name) in names.enumerated() {
      (texts + index).initialize(to: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }
    return UnsafePointer(texts)
  }()

  /// The number of a name, 0 when it has none. O(1).
  public static func number(of name: UnsafeRawBufferPointer) -> UInt8 {
    number(of: name, hash: FieldTable.hash(of: name))
  }

  /// The same for a literal.
  public static func number(of name: StaticString) -> UInt8 {
    number(of: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
  }

  /// The same for a name whose ``FieldTable/hash(of:)`` is known.
  static func number(of name: UnsafeRawBufferPointer, hash: ContentHash) -> UInt8 {
    let index = table.index(of: name, hash: hash)
    return index == 0 ? 0 : index + (first - 1)
  }

  /// The name with a number.
  public static func text(_ number: UInt8) -> UnsafeRawBufferPointer { texts[Int(number - first)] }
}
