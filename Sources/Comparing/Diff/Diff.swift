import EventLog
import EventModel
import Folding
import JSONTape
import Rebuilding
import Reconciliation
import Running
import SnapshotStore
import Synchronization

/// What a diff found, apart from the differences themselves.
package struct DiffOutcome: Sendable {
  package var snapshot = ""
  package var live: [String] = []
  package var asOf = Instant(microseconds: 0)
  /// The as-of of the live side, if it is a snapshot.
  package var liveAsOf: Instant?
  /// Where the live side is a snapshot that other reducers made: `TYPE.v1 → TYPE.v2`, from
  /// the live side to this one.
  package var otherReducers: [Foreign] = []
  /// The partition whose users were compared; `nil` for all users.
  package var partition: UserPartition?
  package var tally: DiffTally
  package var hasLog = false
  /// Whether only the rows that differ are known.
  package var isOfDifferences = false
  /// Whether the plan's profile is the snapshot's, so that wording can be told from data.
  package var knowsWording = true
  /// What was compared, and how.
  package var inputs = JSONTree.null
  /// The `updated_at` that very many live rows have, if that left open when a differing row was computed.
  package var sharedUpdate: SharedUpdate?
  /// Which events of the log say when they were stored.
  package var storedInstants = StoredInstants.all
  /// Number of users folded again.
  package var usersRefolded = 0
  package var phases: [(name: String, seconds: Double)] = []
  package var spilledBytes = 0
  /// Where it was asked for.
  package var census: (any RowCensus)?
  /// Counts of the log, if it was read, and the histories of the users that needed it, if a census was requested.
  package var log: LogCensus?
  package var histories: LogPass?

  package init(
    _ catalogue: Catalogue, snapshot: String = "", live: [String] = [], asOf: Instant = Instant(microseconds: 0)
  ) {
    tally = DiffTally(catalogue)
    self.snapshot = snapshot
    self.live = live
    self.asOf = asOf
  }
}

/// Compares a snapshot with the live projections and determines the cause of each difference.
///
/// live export → sorted rows; snapshot × live rows → differences. If a cause needs the log: log → histories of the
/// users that differ → rows at each live row's own instant → causes. Calls `take` with the differences in user order,
/// and for each user by type and key; keys that no reducer writes come last.
package func diff(
  _ plan: DiffPlan, progress: ProgressMeter, take: @escaping (RowDifference) throws -> Void
) throws -> DiffOutcome {
  let watch = Stopwatch()
  let reader = plan.isOwnSnapshot ? try SnapshotReader(plan.snapshot) : try .verified(plan.snapshot)
  var plan = try plan.bound(to: reader)
  plan.partition = try partition(of: reader, plan)
  if plan.isLivePartitioned, plan.partition == nil {
    throw RefoldError.part(
      "\(plan.snapshot) has all users: --partitioned-live needs a partial snapshot, or --partition")
  }
  plan.liveReading = plan.liveReading.completed(by: ReadingOptions(manifest: reader.manifestValue))
  var context = try makeContext(plan, reader, progress)
  var outcome = DiffOutcome(
    plan.catalogue, snapshot: plan.snapshotName ?? plan.snapshot, live: plan.live, asOf: context.asOf)
  if case .snapshot(let path) = context.live {
    let other = try SnapshotReader(path)
    outcome.liveAsOf = try asOf(of: other)
    outcome.otherReducers = reader.otherReducers(than: other)
    for words in outcome.otherReducers { progress.note("the snapshots were made by different reducers: \(words)") }
  }
  outcome.knowsWording = context.knowsWording
  outcome.inputs = try DiffInputs(plan, reader, live: context.live, digestsLive: plan.partition != nil).json
  outcome.phases.append(("read", watch.lap()))
  let slices = try cutSlices(reader)

  if !plan.log.logs.isEmpty {
    outcome.hasLog = true
    // First pass: find the users with a row that only the log can explain.
    progress.enter(.folding)
    let users = try usersThatNeedLog(slices, &context)
    outcome.phases.append(("compare", watch.lap()))
    if !users.isEmpty {
      let read = try readHistories(of: users, reader, plan, progress)
      (context.log, outcome.log, context.newestStored) = (read.pass, read.census, read.newest)
      context.storedInstants = read.stored
      outcome.storedInstants = read.stored
      outcome.usersRefolded = users.count
      if plan.census != nil { outcome.histories = context.log }
      outcome.phases.append(("log", watch.lap()))
    }
  } else {
    context.takesVotes = context.mayHaveOtherWordings
  }
  progress.enter(.folding)
  context.fingerprints = plan.fingerprints
  context.census = plan.census
  outcome.census = plan.census.map { $0.init(plan.catalogue) }
  try compareSlicesByVotes(slices, context) { slice in
    outcome.tally.add(slice.tally)
    if let census = slice.census { outcome.census?.add(census) }
    for difference in slice.differences { try take(difference) }
    progress.add(users: slice.tally.usersCompared)
  }
  if case .export(let export) = context.live {
    outcome.tally.otherTypes.add(export.otherTypes)
    outcome.tally.liveFailures += export.failures
    outcome.tally.notSelected += export.notSelected
  }
  // Rows that agree with it need no notice.
  if outcome.tally.doubtedUpdates > 0 { outcome.sharedUpdate = context.sharedUpdate }
  outcome.phases.append((outcome.hasLog ? "explain" : "compare", watch.lap()))
  outcome.partition = plan.partition
  // A partition may be empty. Adding up the reports fails if all partitions are.
  if !plan.mayBeEmpty, plan.partition == nil { try refuseNothing(outcome.tally, context) }
  return outcome
}

private func makeContext(_ plan: DiffPlan, _ reader: SnapshotReader, _ progress: ProgressMeter) throws -> DiffContext {
  let scope = DiffScope(plan, reader)
  if scope.isEmpty { throw DiffError.nothingToCompare("the snapshot was rebuilt without the projections asked for") }
  if !plan.log.logs.isEmpty, let digest = reader.manifestValue("profile.digest"), digest != plan.profile.digest {
    throw DiffError.profileDiffers(snapshot: plan.snapshot)
  }
  // Only the snapshot's own profile tells which texts are wordings.
  let knowsWording = reader.manifestValue("profile.digest") == plan.profile.digest
  let wordings = knowsWording ? Wordings(plan.profile, builtin: plan.catalogue.profile) : Wordings(own: [], others: [])
  var context = DiffContext(
    plan: plan, scope: scope, live: try readLiveSide(plan, progress),
    asOf: try asOf(of: reader),
    comparers: plan.catalogue.names.indices.map { number in
      RowComparer(number, of: plan.catalogue, wordings: wordings, rules: plan.rules)
    })
  context.isExpected = reader.manifestValue("rows.source") == "expected"
  context.knowsWording = knowsWording
  context.mayHaveOtherWordings = knowsWording
  if plan.isRedacted { context.redaction = Redaction(words: plan.catalogue.words) }
  switch context.live {
  case .export(let export): context.bufferSize = plan.resources.readBufferSize(runs: export.runs.count)
  case .snapshot(let path):
    let other = try SnapshotReader.verified(path)
    func isSame(_ key: String) -> Bool {
      reader.manifestValue(key) != nil && reader.manifestValue(key) == other.manifestValue(key)
    }
    // What different reducers read of the events cannot be compared.
    context.isSameLog =
      isSame("as_of") && isSame("events.digest") && (isSame("events.content") || !isSame("events.fields"))
    if reader.manifestValue("profile.digest") == other.manifestValue("profile.digest") {
      context.mayHaveOtherWordings = false
    }
  }
  return context
}

/// The partition to compare: that of a partial snapshot, else the plan's. Throws if the two differ.
private func partition(of reader: SnapshotReader, _ plan: DiffPlan) throws -> UserPartition? {
  guard let own = reader.manifestValue(PartManifest.partition).flatMap({ UserPartition($0) }) else {
    return plan.partition
  }
  if let asked = plan.partition, asked != own {
    throw RefoldError.part("\(plan.snapshot) is partition \(own), not \(asked)")
  }
  return own
}

private func asOf(of reader: SnapshotReader) throws -> Instant {
  guard let text = reader.manifestValue("as_of"), let asOf = try? TimestampText.parse(text) else {
    throw SnapshotError(.damaged, path: reader.path, reason: "its manifest has no as_of", advice: "rebuild it")
  }
  return asOf
}

/// Cuts the users into about a thousand slices with about the same number of rows each. A slice has enough rows that
/// its fixed cost is small, and few enough that all their differences fit into memory.
private func cutSlices(_ reader: SnapshotReader) throws -> [UserSlice] {
  var slices: [UserSlice] = []
  var lower: UserID?
  for user in try reader.boundaries(everyRows: max(1024, min(4096, try reader.rowCount() / 1024))) {
    slices.append(UserSlice(lower: lower, upper: user))
    lower = user
  }
  slices.append(UserSlice(lower: lower, upper: nil))
  return slices
}

/// Reads the log for the sorted events of the given users, which are ascending. Also returns counts of the log, and
/// when its newest event was stored.
private func readHistories(
  of users: [UserID], _ snapshot: SnapshotReader, _ plan: DiffPlan, _ progress: ProgressMeter
) throws -> (pass: LogPass, census: LogCensus, newest: Instant?, stored: StoredInstants) {
  var input = plan.log
  input.users = []
  // Read the log as the rebuild did. If the rebuild left out malformed records, leave them out here too. Otherwise a
  // malformed record stops the run.
  input.setsMalformedAside = snapshot.manifestValue("records.left_out").map { $0 != "0" } ?? false
  input.reading = input.reading.completed(by: ReadingOptions(manifest: snapshot.manifestValue))
  if input.unwrapped == nil, input.reading.unwrapsData {
    input.unwrapped = ReadingOptions.unwrapped(manifest: snapshot.manifestValue)
  }
  input.onlyUsers = Set(users)
  if let partition = plan.partition, try holdPieces(input.logs) {
    // The log holds this partition only: what it says about the whole log is for the merge to judge.
    input.part = PartInput()
    input.part?.partition = partition
  }
  input.resources = plan.resources
  input.countsDays = plan.census != nil
  progress.enter(.reading)
  let log = try ingest(input, progress)
  let pass = LogPass(runs: log.runs, bufferSize: plan.resources.readBufferSize(runs: log.runs.count), users: users)
  // The log of a partial snapshot may be partial too.
  return (
    pass, LogCensus(accounting: log.accounting, days: log.days), snapshot.isPart ? nil : log.newest,
    log.counts.storedInstants
  )
}

/// Returns the users with a row that only the log can explain. Puts into the context the `updated_at` that very many
/// rows have, and the votes of the rows on wordings if they are split.
private func usersThatNeedLog(_ slices: [UserSlice], _ context: inout DiffContext) throws -> [UserID] {
  var users: [UserID] = []
  var votes = WordingVotes()
  var updates = UpdateCounts()
  context.takesVotes = context.mayHaveOtherWordings
  context.countsUpdates = !context.isSnapshotPair
  try compareSlices(slices, context) { slice in
    users += slice.needLog
    votes.add(slice.votes)
    updates.add(slice.updates)
  }
  context.takesVotes = false
  context.countsUpdates = false
  context.sharedUpdate = updates.shared
  if !votes.isSplit { return users }
  for index in context.comparers.indices { context.comparers[index].texts.votes = votes }
  if context.plan.log.logs.isEmpty { return [] }
  // Rows that are outvoted need the log too.
  users = []
  try compareSlices(slices, context) { slice in users += slice.needLog }
  return users
}

/// Compares slices in order. If the context takes votes, stops at the first slice that has any, counts the votes of all
/// remaining slices, and then compares these with the votes. Most diffs have no votes and read the rows only once.
private func compareSlicesByVotes(
  _ slices: [UserSlice], _ context: DiffContext, take: (SliceOutcome) throws -> Void
) throws {
  var taken = 0
  do {
    try compareSlices(slices, context) { slice in
      if !slice.votes.isEmpty { throw VotesAhead() }
      try take(slice)
      taken += 1
    }
  } catch is VotesAhead {
    let rest = Array(slices[taken...])
    var context = context
    let census = context.census
    context.census = nil
    _ = try usersThatNeedLog(rest, &context)
    context.census = census
    try compareSlices(rest, context, take: take)
  }
}

/// Thrown at a slice that can be judged only with the votes of all rows.
private struct VotesAhead: Error {}

/// Compares slices on all threads and calls `take` with their outcomes in user order.
private func compareSlices(
  _ slices: [UserSlice], _ context: DiffContext, take: (SliceOutcome) throws -> Void
) throws {
  try inOrder(
    pieces: slices.count, threads: context.plan.resources.threads, worker: { try SliceDiff(context) },
    make: { try $0.run(slices[$1]) }, take: take)
}

/// Throws if nothing was compared: such a diff must not count as a success.
private func refuseNothing(_ tally: DiffTally, _ context: DiffContext) throws {
  if tally.compared > 0 { return }
  let selected = tally.notSelected > 0 ? " (\(tally.notSelected) rows were not asked for or not rebuilt)" : ""
  if tally.live == 0 {
    let others = tally.otherTypes
    // Types that this refold has, but the refold that made the snapshot did not have.
    let newer = others.named.map(\.type).filter { !context.catalogue.versions(of: $0).isEmpty }
    let advice = newer.isEmpty ? "" : "; it was made without \(newer.joined(separator: ", ")): rebuild it"
    throw DiffError.nothingToCompare(
      others.rows > 0
        ? "the live side has \(others.rows) rows, all of projection types that no reducer of the snapshot writes\(selected)\(advice)"
        : "the live side holds no projection rows\(selected)")
  }
  if tally.rebuilt == 0 {
    throw DiffError.nothingToCompare("the snapshot holds no rows of what was asked for\(selected)")
  }
  throw DiffError.nothingToCompare(
    tally.usersOnlyLive > 0 && tally.usersCompared == 0
      ? "snapshot and live side have no user in common" : "snapshot and live side have no row in common")
}

extension Wordings {
  /// The wordings of a profile that rows were rebuilt with; live may have the built-in ones.
  package init(_ profile: any DomainProfile, builtin: any DomainProfile) {
    self.init(own: profile.wordings, others: builtin.wordings)
  }
}

extension RowComparer {
  /// A comparer for the same projection as `other`, in a catalogue's version, with the same wordings, votes and rules.
  init(_ number: Int, of catalogue: Catalogue, like other: RowComparer) {
    // Another version may have other keys, but the schema holds for all keys of the type.
    guard let schema = catalogue[type: other.name.type] else { preconditionFailure("a type of the catalogue") }
    self.init(
      name: other.name, clock: schema.clock, drift: schema.drift, observations: schema.observations,
      texts: TextRules(schema.texts, like: other.texts), rules: other.rules)
  }

  /// A comparer for the projection with the given number.
  package init(_ number: Int, of catalogue: Catalogue, wordings: Wordings, rules: FieldRules) {
    let schema = catalogue.schema(of: number)
    self.init(
      name: catalogue.names[number], clock: schema.clock, drift: schema.drift, observations: schema.observations,
      texts: TextRules(schema.texts, wordings), rules: rules)
  }
}
