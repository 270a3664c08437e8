import EventModel
import Folding

/// How the numbers of a projection follow from the events: every intermediate value of the reducer.
package enum FitnessSteps: ProjectionSteps, Equatable {
  case capability(CapabilitySteps)
  case objectiveState(ObjectiveSteps)
  case objectiveAdvisory(AdvisorySteps)
}

package struct CapabilitySteps: Sendable, Equatable {
  /// `projections.key`.
  package var capability: String
  /// n: the number of observations, repeats included.
  package var observed: Int
  package var required: Double
  package var minimum: Double
  /// The comparability groups, sorted by code point.
  package var groups: [Foreign]
  /// `nil` if there are too few observations.
  package var estimate: EstimateSteps?
  /// clamp(n / required, 0, 1).
  package var base: Double
  /// 1/(1 + f/s), where f is the mean age of the references in days and s the profile's `freshness_scale_days`; 1
  /// without dated references.
  package var freshnessFactor: Double
  /// 1 unless comparability is degraded.
  package var degradedFactor: Double
  /// The confidence of the row, rounded to four places.
  package var confidence: Double
  package var status: String
  package var reasons: [String]
  /// The number of observations whose reference is stale.
  package var stale: Int

  package init(
    capability: String, observed: Int, required: Double, minimum: Double, groups: [String], estimate: EstimateSteps?,
    base: Double, freshnessFactor: Double, degradedFactor: Double, confidence: Double, status: String,
    reasons: [String], stale: Int
  ) {
    self.capability = capability
    self.observed = observed
    self.required = required
    self.minimum = minimum
    self.groups = groups.map { Foreign($0) }
    self.estimate = estimate
    self.base = base
    self.freshnessFactor = freshnessFactor
    self.degradedFactor = degradedFactor
    self.confidence = confidence
    self.status = status
    self.reasons = reasons
    self.stale = stale
  }
}

/// The computation of a mean and its interval. ``roundedMean``, ``low`` and ``high`` are rounded to four places, all
/// other values are not.
package struct EstimateSteps: Sendable, Equatable {
  /// A value and how many times it occurs in succession.
  package struct Run: Sendable, Equatable {
    package var value: Double
    package var count: Int

    package init(value: Double, count: Int) {
      self.value = value
      self.count = count
    }
  }

  /// The summarised values, in order.
  package var values: [Run]
  /// k: the number of values, repeats included.
  package var count: Int
  package var least: Double
  package var greatest: Double
  /// The compensated sum of the values.
  package var sum: Double
  package var mean: Double
  /// Σ(v − mean)², compensated; `nil` for a single value.
  package var squares: Double?
  package var deviation: Double
  /// Half of the width of the interval, in standard deviations.
  package var width: Double
  package var roundedMean: Double
  package var low: Double
  package var high: Double

  package init(
    values: [Run], count: Int, least: Double, greatest: Double, sum: Double, mean: Double, squares: Double?,
    deviation: Double, width: Double, roundedMean: Double, low: Double, high: Double
  ) {
    self.values = values
    self.count = count
    self.least = least
    self.greatest = greatest
    self.sum = sum
    self.mean = mean
    self.squares = squares
    self.deviation = deviation
    self.width = width
    self.roundedMean = roundedMean
    self.low = low
    self.high = high
  }
}

package struct ObjectiveSteps: Sendable, Equatable {
  package enum Origin: String, Sendable {
    case explicit
    case legacyGoal = "legacy_goal"
    case assumed
  }

  /// An explicit objective that could have been the active objective.
  package struct Candidate: Sendable, Equatable {
    package var id: Foreign
    package var updatedAt: Instant
    package var isArchived: Bool

    package init(id: String, updatedAt: Instant, isArchived: Bool) {
      self.id = Foreign(id)
      self.updatedAt = updatedAt
      self.isArchived = isArchived
    }
  }

  package var origin: Origin
  package var id: Foreign
  /// The timestamp of the last event that changed the active objective; `nil` for the assumed objective.
  package var updatedAt: Instant?
  /// The explicit objectives, in the order in which events first name them.
  package var candidates: [Candidate]
  /// norm() of the training modality of the profile or the sessions; `nil` without one, and if the objective is not
  /// assumed.
  package var trainingModality: Foreign?
  /// The confidence before the last clamping and rounding.
  package var statedConfidence: Double
  package var confidence: Double
  package var explicitEvents: Int
  package var legacyEvents: Int
  package var overrideEvents: Int
  /// The number of entries that the history would have without its limit, and the number that it has.
  package var historyTotal: Int
  package var historyKept: Int

  package init(
    origin: Origin, id: String, updatedAt: Instant?, candidates: [Candidate], trainingModality: String?,
    statedConfidence: Double, confidence: Double, explicitEvents: Int, legacyEvents: Int, overrideEvents: Int,
    historyTotal: Int, historyKept: Int
  ) {
    self.origin = origin
    self.id = Foreign(id)
    self.updatedAt = updatedAt
    self.candidates = candidates
    self.trainingModality = trainingModality.map { Foreign($0) }
    self.statedConfidence = statedConfidence
    self.confidence = confidence
    self.explicitEvents = explicitEvents
    self.legacyEvents = legacyEvents
    self.overrideEvents = overrideEvents
    self.historyTotal = historyTotal
    self.historyKept = historyKept
  }
}

package struct AdvisorySteps: Sendable, Equatable {
  package var successMetrics: Int
  package var hasTarget: Bool
  package var gaps: [String]
  /// norm() of the objective's source; `unknown` if it is empty.
  package var source: Foreign
  package var confidence: Double
  /// An objective with less confidence counts as assumed.
  package var confidentFrom: Double
  package var lastActivity: Instant?
  /// A last activity before this instant counts as stale.
  package var staleBefore: Instant
  package var overrides: Int
  package var listedOverrides: Int
  package var reviewsDue: Int
  /// The codes of the rules that fired, in order.
  package var warnings: [String]

  package init(
    successMetrics: Int, hasTarget: Bool, gaps: [String], source: String, confidence: Double, confidentFrom: Double,
    lastActivity: Instant?, staleBefore: Instant, overrides: Int, listedOverrides: Int, reviewsDue: Int,
    warnings: [String]
  ) {
    self.successMetrics = successMetrics
    self.hasTarget = hasTarget
    self.gaps = gaps
    self.source = Foreign(source)
    self.confidence = confidence
    self.confidentFrom = confidentFrom
    self.lastActivity = lastActivity
    self.staleBefore = staleBefore
    self.overrides = overrides
    self.listedOverrides = listedOverrides
    self.reviewsDue = reviewsDue
    self.warnings = warnings
  }
}
