import EventModel
import Folding

/// How a projection's numbers follow from what was observed: every intermediate value the reducer had.
package enum FitnessSteps: ProjectionSteps, Equatable {
  case capability(CapabilitySteps)
  case objectiveState(ObjectiveSteps)
  case objectiveAdvisory(AdvisorySteps)
}

package struct CapabilitySteps: Sendable, Equatable {
  /// `projections.key`.
  package var capability: String
  /// n: observations, repeats counted.
  package var observed: Int
  package var required: Double
  package var minimum: Double
  /// Comparability groups, by code point.
  package var groups: [Foreign]
  /// `nil` with too few observations.
  package var estimate: EstimateSteps?
  /// clamp(n / required, 0, 1).
  package var base: Double
  /// 1/(1 + f/21) of the mean reference age; 1 without one.
  package var freshnessFactor: Double
  /// 1 unless comparability is degraded.
  package var degradedFactor: Double
  /// Rounded to four places.
  package var confidence: Double
  package var status: String
  package var reasons: [String]
  /// Observations whose reference is stale.
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

/// Mean and interval, unrounded and rounded.
package struct EstimateSteps: Sendable, Equatable {
  /// A value and how many equal neighbours it stands for.
  package struct Run: Sendable, Equatable {
    package var value: Double
    package var count: Int

    package init(value: Double, count: Int) {
      self.value = value
      self.count = count
    }
  }

  /// The values that are summarised, in order.
  package var values: [Run]
  /// k: how many these are.
  package var count: Int
  package var least: Double
  package var greatest: Double
  /// Compensated.
  package var sum: Double
  package var mean: Double
  /// Σ(v − mean)², compensated; `nil` with a single value.
  package var squares: Double?
  package var deviation: Double
  /// Half-width of the interval, in standard deviations.
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

  /// An explicit objective that might have been the active one.
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
  /// The timestamp of the event that left the active objective as it is; `nil` for the assumed one.
  package var updatedAt: Instant?
  /// In order of first mention.
  package var candidates: [Candidate]
  /// Of the profile or the sessions, trimmed and lower-cased; `nil` unless the objective is assumed and there is one.
  package var trainingModality: Foreign?
  /// Before it was normalised again.
  package var statedConfidence: Double
  package var confidence: Double
  package var explicitEvents: Int
  package var legacyEvents: Int
  package var overrideEvents: Int
  /// Entries the history would have without its limit, and has.
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
  /// norm of the objective's source, or `unknown`.
  package var source: Foreign
  package var confidence: Double
  /// Below which an objective counts as assumed.
  package var confidentFrom: Double
  package var lastActivity: Instant?
  /// Before which the last activity counts as stale.
  package var staleBefore: Instant
  package var overrides: Int
  package var listedOverrides: Int
  package var reviewsDue: Int
  /// Codes of the rules that fired, in order.
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
