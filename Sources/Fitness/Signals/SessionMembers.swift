import Folding
import PythonValues

/// The members of a session's block that the expansion reads.
enum BlockMember: UInt8, MemberName {
  case blockType, dose, metrics, anchors, capabilityTarget
  case relativeIntensity, referenceType, referenceValue, relativeReferenceType, relativeReferenceValue
  case percentMax, percentMaxSpeed, percent, percentOfMax

  var name: StaticString {
    switch self {
    case .blockType: "block_type"
    case .dose: "dose"
    case .metrics: "metrics"
    case .anchors: "intensity_anchors"
    case .capabilityTarget: "capability_target"
    case .relativeIntensity: "relative_intensity"
    case .referenceType: "reference_type"
    case .referenceValue: "reference_value"
    case .relativeReferenceType: "relative_intensity_reference_type"
    case .relativeReferenceValue: "relative_intensity_reference_value"
    case .percentMax: "intensity_percent_max"
    case .percentMaxSpeed: "intensity_percent_max_speed"
    case .percent: "intensity_pct"
    case .percentOfMax: "percent_of_max"
    }
  }
}

/// The members of `dose`, and of its `work` and `recovery`.
enum DoseMember: UInt8, MemberName {
  case work, recovery, repeats
  case reps, contacts, duration, distance

  var name: StaticString {
    switch self {
    case .work: "work"
    case .recovery: "recovery"
    case .repeats: "repeats"
    case .reps: "reps"
    case .contacts: "contacts"
    case .duration: "duration_seconds"
    case .distance: "distance_meters"
    }
  }
}

/// The members of `metrics` that can give the weight, in order of precedence.
enum LoadMember: UInt8, MemberName {
  case weight, load, externalLoad, resistance

  var name: StaticString {
    switch self {
    case .weight: "weight_kg"
    case .load: "load_kg"
    case .externalLoad: "external_load_kg"
    case .resistance: "resistance_kg"
    }
  }
}

/// The members of a measurement, which is an entry of `metrics` or `intensity_anchors`.
enum MeasurementMember: UInt8, MemberName {
  case unit, value, state

  var name: StaticString {
    switch self {
    case .unit: "unit"
    case .value: "value"
    case .state: "measurement_state"
    }
  }
}

/// The members of `relative_intensity`.
enum IntensityMember: UInt8, MemberName {
  case percent, referenceType, referenceValue, measuredAt, confidence

  var name: StaticString {
    switch self {
    case .percent: "value_pct"
    case .referenceType: "reference_type"
    case .referenceValue: "reference_value"
    case .measuredAt: "reference_measured_at"
    case .confidence: "reference_confidence"
    }
  }
}
