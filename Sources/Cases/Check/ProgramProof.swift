import EventLog
import EventModel
import Folding
import Hashing
import JSONTape
import Programs
import Rebuilding
import Reporting
import Running

/// Asks each program of the catalogue for every user of the log in four ways: twice, with the members of the events in
/// another order, and in another process after other users. All answers must be equal.
func proveOutside(_ plan: ProvePlan) throws -> [ProveReport.Program] {
  let programs = plan.catalogue.outside.compactMap { $0 as? ReducerProgram }
  if programs.isEmpty { return [] }
  var input = IngestPlan(plan.catalogue.vocabulary)
  input.logs = plan.logs
  input.users = plan.users
  input.reading = plan.reading
  input.resources = plan.resources
  let log = try ingest(input, ProgressMeter())
  guard let asOf = plan.asOf ?? log.newest else { throw RefoldError.noEventToTakeAsOfFrom }
  return try programs.map { try ProgramProof(plan, log, $0, asOf).run() }
}

private struct ProgramProof {
  let plan: ProvePlan
  let log: Ingested
  let program: ReducerProgram
  let asOf: Instant
  private let slices: [UserSlice]
  private let bufferSize: Int

  init(_ plan: ProvePlan, _ log: Ingested, _ program: ReducerProgram, _ asOf: Instant) {
    self.plan = plan
    self.log = log
    self.program = program
    self.asOf = asOf
    slices = UserSlice.cut(log.runs, target: plan.resources.sliceSize(of: log))
    bufferSize = plan.resources.readBufferSize(runs: log.runs.count)
  }

  /// The digests of a slice's answers, in user order, or the first user whose answers differ.
  private enum Outcome: Sendable {
    case answers([[UInt8]])
    case differs(UserID, ProveReport.Program.Way, String)
  }

  private struct Stop: Error {}

  func run() throws -> ProveReport.Program {
    var report = ProveReport.Program(name: Foreign(program.name))
    var answers = [[[UInt8]]](repeating: [], count: slices.count)
    try pass(Array(slices.indices)) { piece, outcome in
      switch outcome {
      case .answers(let digests):
        answers[piece] = digests
        report.users += digests.count
      case .differs(let user, let way, let place):
        report.difference = ProveReport.Program.Difference(user: user, way: way, place: Foreign(place))
        throw Stop()
      }
    }
    if report.difference != nil { return report }
    program.restart()
    // The last user comes first, so that each is asked after others than before.
    try pass(slices.indices.reversed(), comparingWith: answers) { _, outcome in
      if case .differs(let user, let way, let place) = outcome {
        report.difference = ProveReport.Program.Difference(user: user, way: way, place: Foreign(place))
        throw Stop()
      }
    }
    program.restart()
    return report
  }

  /// - Parameters:
  ///   - order: the slices in the order in which they are asked for.
  ///   - known: the digests of answers to compare with; `nil`: ask in several ways and compare these.
  private func pass(
    _ order: [Int], comparingWith known: [[[UInt8]]]? = nil, take: (Int, Outcome) throws -> Void
  ) throws {
    var taken = 0
    do {
      try inOrder(
        pieces: order.count, threads: plan.resources.threads, worker: { OutsideAnswer() },
        make: { answer, piece in
          try outcome(of: slices[order[piece]], known?[order[piece]], answer)
        },
        take: { outcome in
          taken += 1
          try take(order[taken - 1], outcome)
        })
    } catch is Stop {}
  }

  private func outcome(
    of slice: UserSlice, _ known: [[UInt8]]?, _ answer: OutsideAnswer
  ) throws -> Outcome {
    if let known { return try backwards(slice, known, answer) }
    let merger = try UserMerger(log.runs, slice: slice, bufferSize: bufferSize)
    var digests: [[UInt8]] = []
    while try merger.next() {
      let first = try ask(merger.history, answer)
      for (way, reversed) in [(ProveReport.Program.Way.again, false), (.otherOrder, true)] {
        let other = try ask(merger.history, answer, reversed: reversed)
        if let place = Set(first.keys).union(other.keys).sorted().first(where: { first[$0] != other[$0] }) {
          return .differs(merger.history.user, way, place)
        }
      }
      digests.append(ProgramProof.digest(first))
    }
    return .answers(digests)
  }

  /// Asks for the users of a slice from the last to the first, and compares with the digests of earlier answers.
  private func backwards(_ slice: UserSlice, _ known: [[UInt8]], _ answer: OutsideAnswer) throws -> Outcome {
    var users: [UserID] = []
    let all = try UserMerger(log.runs, slice: slice, bufferSize: bufferSize)
    while try all.next() { users.append(all.history.user) }
    for (place, user) in users.enumerated().reversed() {
      let end = place + 1 < users.count ? users[place + 1] : slice.upper
      let merger = try UserMerger(log.runs, slice: UserSlice(lower: user, upper: end), bufferSize: bufferSize)
      guard try merger.next() else { preconditionFailure("the user was there before") }
      if try ProgramProof.digest(ask(merger.history, answer)) != known[place] {
        return .differs(user, .anotherProcess, "")
      }
    }
    return .answers(known)
  }

  /// The answer for a user, by row and failure.
  private func ask(
    _ history: UserHistory, _ answer: OutsideAnswer, reversed: Bool = false
  ) throws -> [String: [UInt8]] {
    try history.events.withUnsafeBufferPointer { events in
      var question = OutsideQuestion(
        user: FoldedUser(history.user, isExported: history.isExported), asOf: asOf, events: events, of: program,
        vocabulary: plan.catalogue.vocabulary)
      question.reversesMembers = reversed
      answer.removeAll()
      try program.ask(question, into: answer)
      return answer.byName
    }
  }

  private static func digest(_ answer: [String: [UInt8]]) -> [UInt8] {
    Array(SHA256.hash(data: answer.sorted { $0.key < $1.key }.flatMap { Array($0.key.utf8) + $0.value }))
  }
}

extension OutsideAnswer {
  /// The rows by type and key, and the failures by type, each as bytes that can be compared.
  fileprivate var byName: [String: [UInt8]] {
    let output = ByteArena()
    var found: [String: [UInt8]] = [:]
    for row in rows {
      output.count = 0
      var json = CanonicalWriter(output: output)
      json.value(JSONValue(arena.base + row.data))
      found[row.name.description] = Array(output.bytes) + Array((row.lastEvent?.description ?? "null").utf8)
    }
    for (type, failure) in failures {
      let event = failure.event?.description ?? "null"
      found[type] = Array("\(failure.code.rawValue) \(event) \(failure.detail)".utf8)
    }
    return found
  }
}
