import EventModel
import JSONTape
import Projections
import PythonValues

/// The parts of a capability's envelopes that are the same for all users.
struct EnvelopePieces {
  private let kept = RowPieces()
  /// Up to the value of `caveats`.
  let head: UnsafeRawBufferPointer
  /// In `data_sufficiency`, up to the value of `uncertainty_reason_codes`.
  let required: UnsafeRawBufferPointer
  /// What ends the caveat `insufficient_data` after the number of observations.
  let insufficiency: UnsafeRawBufferPointer
  /// `recommended_next_observations` of an envelope without estimate.
  let insufficient: UnsafeRawBufferPointer
  /// The same where there is an estimate, by whether groups are mismatched and a reference is stale.
  private let degraded: (none: UnsafeRawBufferPointer, groups: UnsafeRawBufferPointer)
  private let staleToo: (none: UnsafeRawBufferPointer, groups: UnsafeRawBufferPointer)

  init(_ key: StaticString, _ texts: Profile.CapabilityTexts, stale: String, _ constants: Profile.Constants) {
    let count = Int(constants.requiredObservations)
    head = kept.piece { writer in
      writer.json.leading(#"{"capability":"#)
      writer.json.literal(key)
      writer.json.leading(#","caveats":"#)
    }
    required = kept.piece { writer in
      writer.json.leading(#","required_observations":"#)
      writer.json.integer(count)
      writer.json.leading(#","uncertainty_reason_codes":"#)
    }
    insufficiency = kept.piece { writer in
      writer.json.leading(#","required_observations":"#)
      writer.json.integer(count)
      writer.json.leading(#"},"severity":"high"}"#)
    }
    insufficient = kept.piece { $0.strings(texts.insufficient) }
    degraded = (kept.piece { $0.strings([]) }, kept.piece { $0.strings(texts.degraded) })
    staleToo = (kept.piece { $0.strings([stale]) }, kept.piece { $0.strings(texts.degraded + [stale]) })
  }

  func recommendations(isMismatched: Bool, isStale: Bool) -> UnsafeRawBufferPointer {
    let pieces = isStale ? staleToo : degraded
    return isMismatched ? pieces.groups : pieces.none
  }
}

/// What all envelopes of a user have.
struct CommonPieces {
  /// From `generated_at` up to the value of the recommendations after it.
  var generation: UnsafeRawBufferPointer
  /// `timezone_context`.
  var timezone: UnsafeRawBufferPointer
}
