/// Where the instant comes from that a fold uses as now.
package enum AsOfSource: String, Sendable {
  case given
  case newestCreatedAt = "newest created_at"
  /// The log has no `created_at`.
  case newestTimestamp = "newest timestamp"
  /// The instant in a live row.
  case liveRow = "live row"

  /// A note for people; empty if the instant was given.
  var note: String {
    switch self {
    case .given: ""
    case .liveRow: "  (the instant in the live row)"
    case .newestCreatedAt: "  (the newest created_at in the log)"
    case .newestTimestamp: "  (the newest timestamp: the log has no created_at)"
    }
  }
}
