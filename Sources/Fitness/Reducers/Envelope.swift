import EventModel
import Folding
import JSONTape
import PythonValues
import TimeZones

/// The values of an envelope that follow from the observations of a user.
struct Envelope {
  enum Status: RowWord {
    case ok, degraded, insufficient

    var text: StaticString {
      switch self {
      case .ok: "ok"
      case .degraded: "degraded_comparability"
      case .insufficient: "insufficient_data"
      }
    }
  }

  var status: Status
  /// `nil` if there are too few observations.
  var estimate: Estimate?
  var confidence: Double
  var reason: StaticString?
  var extraReason: StaticString?
  /// The rendered list.
  var recommendations: UnsafeRawBufferPointer
  /// The number of observations whose reference is stale.
  var stale: Int
}

/// The shapes of a capability's envelope.
struct EnvelopeShapes {
  enum Slot: RowSlot {
    case status, mean, low, high, confidence, observed, reasons, recommendations, caveats, groups, groupsTotal
    case diagnostics, generatedAt, timezone
  }

  /// The only slot of a caveat is its count.
  enum CaveatSlot: RowSlot {
    case count
  }

  let envelope: RowShape<Slot>
  let insufficiency: RowShape<CaveatSlot>
  let mismatch: RowShape<CaveatSlot>
  let staleness: RowShape<CaveatSlot>

  /// - Parameters:
  ///   - required: the number of observations that a full estimate needs.
  ///   - version: the version of the projection.
  init<C: Capability>(_ capability: C.Type, required: Int, version: String) {
    insufficiency = RowShape([
      "code": "insufficient_data", "severity": "high",
      "details": ["required_observations": .integer(required), "observed_observations": .slot(.count)],
    ])
    mismatch = RowShape([
      "code": .text(C.degradedCode), "severity": "medium", "details": ["group_count": .slot(.count)],
    ])
    staleness = RowShape([
      "code": "stale_reference", "severity": "medium", "details": ["stale_reference_count": .slot(.count)],
    ])
    let reasons = [EnvelopeShapes.tooFew, C.degradedCode, C.extraReason].compactMap { $0?.description }
    envelope = RowShape([
      "schema_version": "capability_output.v1",
      "capability": .text(C.key),
      "status": .slot(.status, words: Envelope.Status.words),
      "estimate": ["mean": .slot(.mean), "interval": [.slot(.low), .slot(.high)]],
      "confidence": .slot(.confidence),
      "data_sufficiency": [
        "required_observations": .integer(required),
        "observed_observations": .slot(.observed),
        "uncertainty_reason_codes": .slot(.reasons, words: reasons),
        "recommended_next_observations": .slot(.recommendations),
      ],
      "caveats": .slot(.caveats, words: insufficiency.words + mismatch.words + staleness.words),
      "recommended_next_observations": .slot(.recommendations),
      "protocol_signature": [:],
      "comparability": ["groups_total": .optional(.groupsTotal), "groups": .optional(.groups)],
      "diagnostics": .slot(.diagnostics, words: C.diagnosticWords),
      "model_version": .text(version),
      "generated_at": .slot(.generatedAt),
      "timezone_context": .slot(.timezone, words: SharedValues.timezoneWords),
    ])
  }

  /// The reason code of an envelope without an estimate.
  static let tooFew: StaticString = "insufficient_observation_count"
}

/// The values that all envelopes of a user have in common. They are rendered again only if they change.
final class SharedValues {
  private enum Slot: RowSlot {
    case timezone, source, assumed, disclosure
  }

  private enum Source: RowWord {
    case preference, assumed

    var text: StaticString {
      switch self {
      case .preference: "preference"
      case .assumed: "assumed_default"
      }
    }
  }

  /// `timezone_context`: the time zone in which days are counted, and whether it is assumed.
  private static let context = RowShape<Slot>([
    "timezone": .slot(.timezone), "source": .slot(.source, words: Source.words), "assumed": .slot(.assumed),
    "assumption_disclosure": .slot(.disclosure),
  ])

  /// The keys and words of `timezone_context`.
  static var timezoneWords: [String] { context.words }

  private let profile: Profile
  private let renderedInstant = RenderedValue()
  private var asOf: Instant?
  private let renderedZone = RenderedValue()
  /// `nil` before the first user.
  private var zone: TimeZone??

  init(_ profile: Profile) { self.profile = profile }

  /// The rendered `generated_at`.
  var generatedAt: UnsafeRawBufferPointer { renderedInstant.bytes }
  /// The rendered `timezone_context`.
  var timezone: UnsafeRawBufferPointer { renderedZone.bytes }

  /// Renders the values of a user.
  ///
  /// - Parameter zone: the zone that the user prefers; `nil` without one.
  func render(_ asOf: Instant, _ zone: TimeZone?) {
    if self.asOf != asOf {
      self.asOf = asOf
      renderedInstant.render { $0.instant(asOf) }
    }
    if let rendered = self.zone, rendered == zone { return }
    self.zone = .some(zone)
    renderedZone.render { json in
      SharedValues.context.write(into: &json) { slot, json in
        switch slot {
        case .timezone: json.string((zone ?? .utc).name)
        case .source: json.word(zone == nil ? Source.assumed : .preference)
        case .assumed: json.bool(zone == nil)
        case .disclosure: if zone == nil { json.string(profile.texts.timezoneAssumption) } else { json.null() }
        }
      }
    }
  }
}

/// `recommended_next_observations` of a capability, rendered for each case.
struct Recommendations {
  /// Without an estimate.
  let insufficient: RenderedValue
  private let none: RenderedValue
  private let mismatched: RenderedValue
  private let stale: RenderedValue
  private let mismatchedAndStale: RenderedValue

  /// - Parameter stale: the text for a stale reference.
  init(_ texts: Profile.CapabilityTexts, stale: String) {
    func rendered(_ texts: [String]) -> RenderedValue {
      RenderedValue { json in json.list(texts) { $1.string($0) } }
    }
    insufficient = rendered(texts.insufficient)
    none = rendered([])
    mismatched = rendered(texts.degraded)
    self.stale = rendered([stale])
    mismatchedAndStale = rendered(texts.degraded + [stale])
  }

  /// With an estimate.
  func estimated(isMismatched: Bool, isStale: Bool) -> RenderedValue {
    switch (isMismatched, isStale) {
    case (false, false): none
    case (true, false): mismatched
    case (false, true): stale
    case (true, true): mismatchedAndStale
    }
  }
}
