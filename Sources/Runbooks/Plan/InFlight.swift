import EventLog
import EventModel
import Folding
import Rebuilding

/// The jobs of one source that are pending or processing. The live scripts and worker do not enqueue them again.
struct InFlight: Sendable {
  private var controllers: Set<String> = []
  private var updates: Set<Update> = []
  private(set) var jobsRead = 0

  private struct Update: Hashable {
    var user: UserID
    var type: EventType
  }

  init() {}

  /// Reads background_jobs exports.
  init(_ paths: [String], _ reading: ReadingOptions, _ vocabulary: Vocabulary, source: String) throws {
    if paths.isEmpty { return }
    try readJobs(paths, reading) { job in
      jobsRead += 1
      guard job.isInFlight, job.source == source else { return }
      if job.jobType == JobNames.update {
        if let type = job.eventType.flatMap(vocabulary.eventType(named:)) {
          updates.insert(Update(user: job.user, type: type))
        }
      } else {
        controllers.insert(job.jobType)
      }
    }
  }

  func has(_ backfill: Backfill) -> Bool { controllers.contains(backfill.jobType) }

  func hasUpdate(of user: UserID, _ type: EventType) -> Bool { updates.contains(Update(user: user, type: type)) }
}
