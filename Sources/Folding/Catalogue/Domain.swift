import EventModel
import JSONTape

/// What refold must know of a kind of platform: the names its events use, and the projections made of them.
///
/// A domain is a value without state. `Refold(domain).main()` is the whole program for it.
public protocol Domain: Sendable {
  /// What the reducers of one thread share of the user being folded; ``NothingShared`` by default.
  associatedtype Shared: UserShared = NothingShared
  /// Texts and constants that a deployment chooses; ``NoProfile`` by default.
  associatedtype Profile: DomainProfile = NoProfile

  /// The event types and fields that the reducers read.
  var vocabulary: Vocabulary { get }
  /// Every version of every projection. Of one type the last version is folded unless another is chosen.
  var projections: [Projection<Self>] { get }
  /// The built-in profile.
  var profile: Profile { get }
  /// The live system's backfills, as its runbooks have them; none by default.
  var backfills: [Backfill] { get }
  /// Makes what the reducers of one thread share.
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

/// What the reducers of one thread share of the user being folded: computed once, read by each.
public protocol UserShared: AnyObject {
  /// Prepares a user; called before the first projection of the user is folded.
  func begin(_ history: EventHistory)
}

/// Shares nothing.
public final class NothingShared: UserShared {
  public init() {}
  public func begin(_ history: EventHistory) {}
}

/// What ``Domain/makeShared(_:)`` gets.
public struct SharedSetting<D: Domain> {
  public let profile: D.Profile
  /// The user being folded: filled anew for each.
  public let history: EventHistory
  /// How many distinct texts a cache may keep from one row to the next. It says nothing about the result.
  public let rememberedTerms: Int
  /// Records what becomes of each event; `nil` in ordinary runs.
  package let observer: FoldObserver?
}

/// What a reducer is made with.
public struct FoldSetting<D: Domain> {
  public var profile: D.Profile
  /// One object for all reducers of a thread.
  public let shared: D.Shared
  /// The fold of the type that the schema requires. It has folded the same user whenever this reducer is called.
  package let required: (any ProjectionFold)?
}

/// One version of a projection: what everybody must know of it, and its reducer.
public struct Projection<D: Domain>: Sendable {
  public let schema: ProjectionSchema
  /// Makes the reducer of one thread.
  public let makeFold: @Sendable (FoldSetting<D>) -> any ProjectionFold

  public init(_ schema: ProjectionSchema, makeFold: @escaping @Sendable (FoldSetting<D>) -> any ProjectionFold) {
    self.schema = schema
    self.makeFold = makeFold
  }
}

/// A reducer: folds one user's history into the rows of one projection type. One user at a time; not thread-safe.
public protocol ProjectionFold: AnyObject {
  /// Folds the history as a complete rebuild at `asOf` would. Writes nothing where live would write no row.
  func fold(_ history: EventHistory, asOf: Instant, into rows: RowBuffer) throws(ReducerFailure)
}
