import EventModel
import JSONTape

/// The user whose events are folded.
package struct FoldedUser: Sendable, Equatable {
  package var id: UserID
  /// Whether the users export lists the user.
  package var isExported: Bool

  package init(_ id: UserID, isExported: Bool) {
    self.id = id
    self.isExported = isExported
  }
}

/// A projection whose reducer runs outside of the process. Event types are names, because a domain gives them numbers.
package struct OutsideProjection: Sendable, Equatable {
  package var type: String
  /// Sorted by code point, without duplicates.
  package var keys: [String]
  package var triggers: [String]
  package var sources: [String]
  package var clock: String?
  package var stamp: String?
  package var requires: String?
  /// The keys and words that rows have of their own; all other text may be a person's.
  package var words: [String]

  package init(
    type: String, keys: [String], triggers: [String], sources: [String], clock: String?, stamp: String?,
    requires: String?, words: [String] = []
  ) {
    self.type = type
    self.keys = keys
    self.triggers = triggers
    self.sources = sources
    self.clock = clock
    self.stamp = stamp
    self.requires = requires
    self.words = words
  }
}

/// Reducers outside of the process, such as a program: they answer for all rows of their projections at once.
package protocol OutsideReducers: AnyObject, Sendable {
  var name: String { get }
  var version: String { get }
  /// Identifies the reducers and everything that their answers depend on.
  var digest: String { get }
  var projections: [OutsideProjection] { get }
  /// Asks for the rows of a user. Any number of threads may ask at a time. Throws if there is no valid answer.
  ///
  /// - Parameter events: the user's events whose types are in ``OutsideProjection/sources``, in history order.
  func ask(_ question: OutsideQuestion, into answer: OutsideAnswer) throws(OutsideFault)
}

/// What reducers outside of the process need to know of a user. Valid as long as the events are.
package struct OutsideQuestion {
  package var user: FoldedUser
  package var asOf: Instant
  /// All of the user's events, in history order; those of ``sources`` are kept whole.
  package var events: UnsafeBufferPointer<Event>
  package var sources: EventTypeSet
  package var vocabulary: Vocabulary
  /// Whether the members of all objects of the events are in the reverse order, to show that no reducer depends on it.
  package var reversesMembers = false

  package init(
    user: FoldedUser, asOf: Instant, events: UnsafeBufferPointer<Event>, of reducers: any OutsideReducers,
    vocabulary: Vocabulary
  ) {
    self.user = user
    self.asOf = asOf
    self.events = events
    self.vocabulary = vocabulary
    sources = EventTypeSet(reducers.sources.compactMap { vocabulary.eventType(named: $0) })
  }
}

/// The answer for one user. One per thread.
package final class OutsideAnswer {
  package struct Row {
    package var name: ProjectionName
    /// The place of the packed data in ``arena``.
    package var data: Int
    package var lastEvent: EventID?

    package init(name: ProjectionName, data: Int, lastEvent: EventID?) {
      self.name = name
      self.data = data
      self.lastEvent = lastEvent
    }
  }

  package var rows: [Row] = []
  /// By projection type.
  package var failures: [String: ReducerFailure] = [:]
  package let arena = ByteArena(capacity: 1 << 14)

  package init() {}

  package func removeAll() {
    rows.removeAll(keepingCapacity: true)
    failures.removeAll(keepingCapacity: true)
    arena.count = 0
  }
}

/// Reducers outside of the process gave no valid answer. The run cannot go on: its rows would be wrong.
package struct OutsideFault: Error, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// The rows of one type that reducers outside of the process gave for the current user, for a reducer that requires
/// them.
package final class GivenRows: ProjectionFold {
  /// The row's packed data; `nil` without a row.
  package private(set) var row: JSONValue?

  init() {}

  func begin() { row = nil }
  func take(_ row: JSONValue) { self.row = row }

  package func fold(_ history: EventHistory, asOf: Instant, into rows: RowBuffer) throws(ReducerFailure) {
    preconditionFailure("these rows are given, not folded")
  }
}

/// Asks reducers outside of the process once for each user, and hands their answer out by type. One per thread.
final class OutsideFold {
  let reducers: any OutsideReducers
  /// For each user, the user and the events are set.
  private var question: OutsideQuestion
  private let answer = OutsideAnswer()
  private var isAnswered = false

  init(_ reducers: any OutsideReducers, _ vocabulary: Vocabulary) {
    self.reducers = reducers
    question = OutsideQuestion(
      user: FoldedUser(UserID(high: 0, low: 0), isExported: false), asOf: Instant(microseconds: 0),
      events: UnsafeBufferPointer(start: nil, count: 0), of: reducers, vocabulary: vocabulary)
  }

  func begin() { isAnswered = false }

  /// Writes the rows of a type. Throws ``ReducerFailure`` if its reducer failed.
  func answer(
    _ type: String, _ keys: [ConstantName], _ user: FoldedUser, _ history: EventHistory, asOf: Instant,
    into rows: RowBuffer, given: GivenRows?
  ) throws(OutsideFault) -> ReducerFailure? {
    if !isAnswered {
      answer.removeAll()
      question.user = user
      question.asOf = asOf
      question.events = history.all
      try reducers.ask(question, into: answer)
      isAnswered = true
    }
    if let failure = answer.failures[type] { return failure }
    for row in answer.rows where row.name.type == type {
      guard let key = keys.firstIndex(where: { $0.description == row.name.key }) else {
        preconditionFailure("an answer has only rows of the declared keys")
      }
      let value = JSONValue(answer.arena.base + row.data)
      do throws(ReducerFailure) {
        try rows.row(key, lastEvent: row.lastEvent) { json throws(ReducerFailure) in json.value(value) }
      } catch {
        preconditionFailure("writing a value does not fail")
      }
      given?.take(value)
    }
    return nil
  }
}
