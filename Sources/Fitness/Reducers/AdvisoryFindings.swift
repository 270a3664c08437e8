import EventModel
import Folding
import JSONTape
import PythonValues

/// The findings of the advisory's rules about the active objective, and the warnings that follow from them.
struct AdvisoryFindings {
  // MARK: Names

  /// A reason why an objective is hard to track.
  enum Gap: RowWord {
    case noMetrics, noTarget

    var text: StaticString {
      switch self {
      case .noMetrics: "missing_success_metrics"
      case .noTarget: "missing_primary_goal_target"
      }
    }
  }

  enum Warning: RowWord {
    case trackabilityGap, defaultInferred, metricStaleness, overrideReviewDue

    var text: StaticString {
      switch self {
      case .trackabilityGap: "objective_trackability_gap"
      case .defaultInferred: "objective_default_inferred"
      case .metricStaleness: "objective_metric_staleness"
      case .overrideReviewDue: "objective_override_review_due"
      }
    }

    var severity: Severity {
      switch self {
      case .trackabilityGap, .metricStaleness: .warning
      case .defaultInferred, .overrideReviewDue: .info
      }
    }

    var confidence: Double {
      switch self {
      case .trackabilityGap: 0.84
      case .defaultInferred: 0.7
      case .metricStaleness: 0.76
      case .overrideReviewDue: 0.78
      }
    }

    func message(_ texts: Profile.Texts) -> String {
      switch self {
      case .trackabilityGap: texts.trackabilityGap
      case .defaultInferred: texts.defaultInferred
      case .metricStaleness: texts.metricStaleness
      case .overrideReviewDue: texts.overrideReviewDue
      }
    }
  }

  enum Severity: RowWord {
    case warning, info

    var text: StaticString {
      switch self {
      case .warning: "warning"
      case .info: "info"
      }
    }
  }

  // MARK: State

  let metrics: Int
  let hasTarget: Bool
  let gaps: [Gap]
  let warnings: [Warning]
  /// The contract's norm(source or "unknown") or `unknown`.
  private let source: UnsafeRawBufferPointer
  private let confidence: Double
  private let lastActivity: Instant?
  private let reviewsDue: Int
  private let staleDays: Int64
  /// Activity before this instant does not count.
  private let staleBefore: Instant
  /// The confidence below which an objective counts as assumed.
  private let confidentFrom: Double

  // MARK: Evolve

  /// Applies the rules.
  init(
    _ objective: Objective, _ scratch: Scratch, lastActivity: Instant?, reviewsDue: Int, asOf: Instant,
    _ constants: Profile.Constants
  ) {
    confidence = objective.confidence
    self.lastActivity = lastActivity
    self.reviewsDue = reviewsDue
    confidentFrom = constants.confidentObjective
    staleDays = Int64(constants.metricStalenessDays)
    let staleBefore = Instant(microseconds: asOf.microseconds - staleDays * Instant.day)
    self.staleBefore = staleBefore
    metrics = objective.successMetrics.count(scratch)
    hasTarget = objective.goal.hasTarget
    var gaps: [Gap] = []
    if metrics == 0 { gaps.append(.noMetrics) }
    if !hasTarget { gaps.append(.noTarget) }
    self.gaps = gaps
    let source = JSONValue.norm(of: objective.source, scratch)
    let isInferred = source.equals("default_inferred") || source.equals("legacy_inferred")
    var warnings: [Warning] = []
    if !gaps.isEmpty { warnings.append(.trackabilityGap) }
    if isInferred || confidence < confidentFrom { warnings.append(.defaultInferred) }
    if lastActivity.map({ $0 < staleBefore }) ?? true { warnings.append(.metricStaleness) }
    if reviewsDue > 0 { warnings.append(.overrideReviewDue) }
    self.warnings = warnings
    self.source = source.isEmpty ? UnsafeRawBufferPointer("unknown") : source
  }

  /// The values that the rules used and the warnings that followed, for an observer.
  func steps(overrides: Int, listedOverrides: Int) -> AdvisorySteps {
    AdvisorySteps(
      successMetrics: metrics, hasTarget: hasTarget, gaps: gaps.map(\.text.description), source: string(source),
      confidence: confidence, confidentFrom: confidentFrom, lastActivity: lastActivity, staleBefore: staleBefore,
      overrides: overrides, listedOverrides: listedOverrides, reviewsDue: reviewsDue,
      warnings: warnings.map(\.text.description))
  }

  // MARK: Rows

  private enum WarningSlot: RowSlot {
    case code, severity, confidence, message, evidence
  }

  private static let warningShape = RowShape<WarningSlot>([
    "code": .slot(.code, words: Warning.words), "severity": .slot(.severity, words: Severity.words),
    "confidence": .slot(.confidence), "message": .slot(.message), "evidence": .slot(.evidence), "overridable": true,
  ])

  private enum GapSlot: RowSlot {
    case gaps, metrics, hasTarget
  }

  private static let gapEvidence = RowShape<GapSlot>([
    "gaps": .slot(.gaps), "success_metrics_count": .slot(.metrics), "has_primary_goal_target": .slot(.hasTarget),
  ])

  private enum InferenceSlot: RowSlot {
    case source, confidence
  }

  private static let inferenceEvidence = RowShape<InferenceSlot>([
    "source": .slot(.source), "objective_confidence": .slot(.confidence),
  ])

  private enum StalenessSlot: RowSlot {
    case lastActivity, days
  }

  private static let stalenessEvidence = RowShape<StalenessSlot>([
    "last_activity_at": .slot(.lastActivity), "staleness_days_threshold": .slot(.days),
  ])

  private enum ReviewSlot: RowSlot {
    case count
  }

  private static let reviewEvidence = RowShape<ReviewSlot>(["review_due_count": .slot(.count)])

  /// The keys and words of the warnings.
  static var warningWords: [String] {
    warningShape.words + gapEvidence.words + inferenceEvidence.words + stalenessEvidence.words + reviewEvidence.words
  }

  func write(_ warning: Warning, _ texts: Profile.Texts, to json: inout CanonicalWriter) {
    AdvisoryFindings.warningShape.write(into: &json) { slot, json in
      switch slot {
      case .code: json.word(warning)
      case .severity: json.word(warning.severity)
      case .confidence: json.double(warning.confidence)
      case .message: json.string(warning.message(texts))
      case .evidence: writeEvidence(of: warning, to: &json)
      }
    }
  }

  private func writeEvidence(of warning: Warning, to json: inout CanonicalWriter) {
    switch warning {
    case .trackabilityGap:
      AdvisoryFindings.gapEvidence.write(into: &json) { slot, json in
        switch slot {
        case .gaps: json.list(gaps) { $1.word($0) }
        case .metrics: json.integer(metrics)
        case .hasTarget: json.bool(hasTarget)
        }
      }
    case .defaultInferred:
      AdvisoryFindings.inferenceEvidence.write(into: &json) { slot, json in
        switch slot {
        case .source: json.string(source)
        case .confidence: json.double(confidence)
        }
      }
    case .metricStaleness:
      AdvisoryFindings.stalenessEvidence.write(into: &json) { slot, json in
        switch slot {
        case .lastActivity: json.instantOrNull(lastActivity)
        case .days: json.integer(Int(staleDays))
        }
      }
    case .overrideReviewDue:
      AdvisoryFindings.reviewEvidence.write(into: &json) { $1.integer(reviewsDue) }
    }
  }

}
