import EventModel

extension ReportFacts {
  /// How the numbers of one field changed, over changed rows.
  package struct FieldChanges: Sendable {
    package var projection: Foreign
    package var field: Foreign
    /// The number of changes from one number to another. A row can have several, if the field is in an array.
    package var count: Int
    /// Of live − rebuilt; never NaN.
    package var least: Double
    package var median: Double
    package var most: Double
    /// A sample by user id.
    package var points: [Point]

    package struct Point: Sendable, Hashable {
      package var rebuilt: Double
      package var live: Double

      package init(rebuilt: Double, live: Double) {
        self.rebuilt = rebuilt
        self.live = live
      }
    }

    package init(
      projection: Foreign, field: Foreign, count: Int, least: Double, median: Double, most: Double, points: [Point]
    ) {
      self.projection = projection
      self.field = field
      self.count = count
      self.least = least
      self.median = median
      self.most = most
      self.points = points
    }
  }

  /// Rows that were computed without the newest events.
  package struct Behind: Sendable {
    package var rows = 0
    package var users = 0
    package var events = 0
    /// By the day of the first event that a row has not seen; one series per projection type.
    package var since = TimeSeries()
    /// By the time from that event to the as-of.
    package var duration: [Bin] = []
    /// By the number of events not seen.
    package var unseen: [Bin] = []

    package init() {}
  }

  package struct Bin: Sendable, Equatable {
    package var label: String
    package var counts: [Int]

    package init(label: String, counts: [Int]) {
      self.label = label
      self.counts = counts
    }
  }

  /// Counts over time.
  package struct TimeSeries: Sendable, Equatable {
    /// `day`, `week`, `month`, `quarter`, `year` or `decade`.
    package var unit = "day"
    package var names: [Foreign] = []
    /// The first day of each bin, and its count in each series.
    package var bins: [Bin] = []
    /// Counts that are too far from the rest to be drawn.
    package var outside = 0

    package init() {}
  }

  package struct User: Sendable {
    package var name: String
    package var rows: [Row] = []
    /// Rows that are not accepted.
    package var unacceptable = 0
    /// Rows that are accepted, if these are listed.
    package var accepted = 0
    /// Rows that ``rows`` leaves out.
    package var cut = 0
    package var commands: [Foreign] = []

    package init(name: String) { self.name = name }

    package var causes: [Cause] { Cause.allCases.filter { cause in rows.contains { $0.causes.contains(cause) } } }
  }

  /// A row of a user that differs.
  package struct Row: Sendable {
    package var projection: Foreign
    package var causes: [Cause]
    /// Whether the row does not fail the comparison.
    package var isAccepted = false
    package var details: [Foreign] = []
    package var baseline: String?
    package var fields: [Field] = []
    /// The number of all fields that differ.
    package var fieldCount = 0
    /// How the rebuilt value came about, in text form.
    package var explanation: String?
    /// How the row's main number came to its value; `nil` if that is not known, or there is little to draw.
    package var course: NumberCourse?

    package init(projection: Foreign, causes: [Cause]) {
      self.projection = projection
      self.causes = causes
    }
  }

  package struct Field: Sendable {
    package var path: Foreign
    package var rebuilt: Foreign?
    package var live: Foreign?
    package var status: FieldDifference.Status

    package init(path: Foreign, rebuilt: Foreign?, live: Foreign?, status: FieldDifference.Status) {
      self.path = path
      self.rebuilt = rebuilt
      self.live = live
      self.status = status
    }
  }

  /// Statuses and confidences of one projection's rows on each side.
  package struct Quality: Sendable {
    package var projection: Foreign
    package var rebuilt: Mix
    package var live: Mix?

    package init(projection: Foreign, rebuilt: Mix, live: Mix?) {
      self.projection = projection
      self.rebuilt = rebuilt
      self.live = live
    }
  }

  package struct Mix: Sendable, Equatable {
    /// The names of the statuses; the last is `other`, for statuses that the schemas do not name.
    package let names: [String]
    /// Rows by place in ``names``; all 0 for projections without a status.
    package var statuses: [Int]
    /// Rows by confidence, in twentieths of 0…1; 1 belongs to the last.
    package var confidence = [Int](repeating: 0, count: Mix.confidenceBins)
    /// Rows without a confidence, or with one outside of 0…1.
    package var withoutConfidence = 0
    package var rows = 0

    package static let confidenceBins = 20

    /// - Parameter statuses: those of the catalogue.
    package init(statuses: [String]) {
      names = statuses + ["other"]
      self.statuses = [Int](repeating: 0, count: names.count)
    }

    package var hasStatuses: Bool { statuses.contains { $0 > 0 } }

    package mutating func add(_ other: Mix) {
      for place in statuses.indices { statuses[place] += other.statuses[place] }
      for place in confidence.indices { confidence[place] += other.confidence[place] }
      withoutConfidence += other.withoutConfidence
      rows += other.rows
    }
  }

  /// The runbooks' checks.
  package struct Coverage: Sendable {
    package var rebuilt: VerifyReport.Side
    package var live: VerifyReport.Side?
    /// Users by how far the newest signal is ahead of the projection: a count for each backfill.
    package var lag: [Bin] = []
    /// The side that ``lag`` is about.
    package var lagSide = ""

    package init(rebuilt: VerifyReport.Side) { self.rebuilt = rebuilt }
  }

  package struct FailureGroup: Sendable {
    package var projection: Foreign
    package var code: Foreign
    /// The field and the reason, without the value.
    package var place: Foreign
    package var users: Int
    /// An event whose value was refused, if the failure is due to a single event.
    package var event: String?

    package init(projection: Foreign, code: Foreign, place: Foreign, users: Int, event: String?) {
      self.projection = projection
      self.code = code
      self.place = place
      self.users = users
      self.event = event
    }
  }

  /// What is known about the log: from the manifest and the signals, and from the log itself if it was read again.
  package struct LogFigures: Sendable {
    /// `nil`: unknown.
    package var buckets: [(name: String, records: Int?)] = []
    package var types: [EventTypeFigures] = []
    /// Records by the day of their timestamp; one series per event type.
    package var days: TimeSeries?

    package init() {}
  }

  package struct EventTypeFigures: Sendable {
    package var type: Foreign
    package var events: Int
    package var users: Int
    /// Days.
    package var first: Foreign
    package var last: Foreign

    package init(type: Foreign, events: Int, users: Int, first: Foreign, last: Foreign) {
      self.type = type
      self.events = events
      self.users = users
      self.first = first
      self.last = last
    }
  }
}
