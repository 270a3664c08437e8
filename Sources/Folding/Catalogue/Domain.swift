import EventModel
import JSONTape

/// Describes a platform to refold: the names that its events use, and the projections that are computed from them.
///
/// A domain is a value without state. `Refold(domain).main()` is the whole program for it.
public protocol Domain: Sendable {
  /// The data about the current user that the reducers of one thread share; ``NothingShared`` by default.
  associatedtype Shared: UserShared = NothingShared
  /// Texts and constants that a deployment chooses; ``NoProfile`` by default.
  associatedtype Profile: DomainProfile = NoProfile

  /// The event types and fields that the reducers read.
  var vocabulary: Vocabulary { get }
  /// Every version of every projection. The last version of a type is folded unless another is chosen.
  var projections: [Projection<Self>] { get }
  /// The built-in profile.
  var profile: Profile { get }
  /// The backfills of the live system's runbooks; none by default.
  var backfills: [Backfill] { get }
  /// Makes the data that the reducers of one thread share.
  func makeShared(_ setting: SharedSetting<Self>) -> Shared
}

extension Domain {
  public var backfills: [Backfill] { [] }
}

extension Domain where Shared == NothingShared {
  public func makeShared(_ setting: SharedSetting<Self>) -> NothingShared { NothingShared() }
}

extension Domain where Profile == NoProfile {
  public var profile: NoProfile { NoProfile() }
}

/// The data about the current user that the reducers of one thread share: computed once, read by each reducer.
public protocol UserShared: AnyObject {
  /// Prepares the data of the user whose events are in ``SharedSetting/history``. It is called before the first
  /// projection of each user is folded.
  func begin()
}

/// Shares nothing.
public final class NothingShared: UserShared {
  public init() {}
  public func begin() {}
}

/// The argument of ``Domain/makeShared(_:)``.
public struct SharedSetting<D: Domain> {
  public let profile: D.Profile
  /// The events of the current user. The object is filled again for each user.
  public let history: EventHistory
  /// The number of distinct texts that a cache may keep between rows. It does not affect the result.
  public let rememberedTerms: Int
  /// Records what happens to each event; `nil` in ordinary runs.
  package let observer: FoldObserver?
}

/// The argument of ``Projection/makeFold``.
public struct FoldSetting<D: Domain> {
  public var profile: D.Profile
  /// One object for all reducers of a thread.
  public let shared: D.Shared
  /// The reducer of the type that the schema requires. It always folds a user before this reducer does.
  package let required: (any ProjectionFold)?
}

/// One version of a projection: its schema and its reducer.
public struct Projection<D: Domain>: Sendable {
  public let schema: ProjectionSchema
  /// Makes the reducer for one thread.
  public let makeFold: @Sendable (FoldSetting<D>) -> any ProjectionFold

  public init(_ schema: ProjectionSchema, makeFold: @escaping @Sendable (FoldSetting<D>) -> any ProjectionFold) {
    self.schema = schema
    self.makeFold = makeFold
  }
}

/// A reducer: folds one user's history into the rows of one projection type. One user at a time; not thread-safe.
public protocol ProjectionFold: AnyObject {
  /// Folds the history as a complete rebuild at `asOf` would. Writes nothing if live would write no row.
  func fold(_ history: EventHistory, asOf: Instant, into rows: RowBuffer) throws(ReducerFailure)
}
