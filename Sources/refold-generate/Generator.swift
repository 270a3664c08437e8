import EventModel

/// How the lines of a log are ordered.
enum LineOrder: String, CaseIterable {
  /// By user id, then in the order in which the events happened: streamed.
  case user
  /// By the time of storing, across users: sorted through a temporary file.
  case created
  /// At random: sorted through a temporary file.
  case shuffled
}

/// Writes the log of a plan.
///
/// The events depend only on the plan, their lines also on `style`, and the order of the lines also on `order`.
func generate(_ plan: LogPlan, order: LineOrder, style: LogStyle, into sink: inout ByteSink) throws(GenerateFailure) {
  let users = plan.sortedUsers(plan.active)
  var line = LineWriter()
  var compact = CompactLine()
  if order == .user {
    for user in users {
      var history = UserHistory(UserPlan(user.number, of: plan))
      while history.remaining > 0 {
        history.writeNext(into: &line)
        try sink.append(style.isCompact(history.eventID) ? compact.rewritten(line.bytes) : line.bytes)
      }
    }
  } else {
    // The latest possible line is ten days late; later lines would only share the last bucket.
    let largest = order == .created ? UInt64(plan.end - plan.start + 11 * Instant.day) : .max
    var sorter = try LineSorter(largestKey: largest)
    let salt = mixed(plan.seed &+ 1)
    for user in users {
      var history = UserHistory(UserPlan(user.number, of: plan))
      while history.remaining > 0 {
        history.writeNext(into: &line)
        let key = order == .created ? UInt64(history.created - plan.start) : mixed(history.eventID.low ^ salt)
        try sorter.append(style.isCompact(history.eventID) ? compact.rewritten(line.bytes) : line.bytes, key: key)
      }
    }
    try sorter.drain(into: &sink)
  }
  try sink.flush()
}

/// Writes the users export of a log: `id` and `created_at` of every user, including those without events, ordered by
/// id.
func generateUsers(_ plan: LogPlan, into sink: inout ByteSink) throws(GenerateFailure) {
  var line = LineWriter()
  for user in plan.sortedUsers(plan.everyone) {
    line.clear()
    line.raw("{\"id\":\"")
    line.uuid(user.id)
    line.raw("\",\"created_at\":\"")
    line.instant(UserPlan(user.number, of: plan).signUp)
    line.raw("+00:00\"}\n")
    try sink.append(line.bytes)
  }
  try sink.flush()
}
