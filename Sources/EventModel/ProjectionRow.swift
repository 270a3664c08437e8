/// Identifies a projection of a user: `projections.projection_type` and `projections.key`.
public struct ProjectionName: Hashable, Sendable, Comparable {
  public var type: String
  public var key: String

  public init(type: String, key: String) {
    self.type = type
    self.key = key
  }

  /// By type, then key, each by code point.
  public static func < (a: ProjectionName, b: ProjectionName) -> Bool {
    a.type == b.type
      ? a.key.utf8.lexicographicallyPrecedes(b.key.utf8) : a.type.utf8.lexicographicallyPrecedes(b.type.utf8)
  }
}

extension ProjectionName: CustomStringConvertible {
  /// `TYPE/KEY`.
  public var description: String { "\(type)/\(key)" }
}

/// A row of the projections table as a rebuild writes it. The columns that are left out (`id`, `version`, `created_at`,
/// `updated_at`) follow from these and the as-of.
public struct ProjectionRow: Hashable, Sendable {
  public var user: UserID
  public var name: ProjectionName
  /// Canonical JSON, UTF-8: keys by UTF-16 code unit, numbers as RFC 8785 writes them, integers exact.
  public var data: [UInt8]
  public var lastEvent: EventID?

  public init(user: UserID, name: ProjectionName, data: [UInt8], lastEvent: EventID?) {
    self.user = user
    self.name = name
    self.data = data
    self.lastEvent = lastEvent
  }
}

/// A condition under which the live reducer raises, so that its row is not written: a word such as `number_overflow`.
///
/// A domain declares its own codes as static members. The codes below exist in every domain.
public struct FailureCode: RawRepresentable, ExpressibleByStringLiteral, Hashable, Sendable {
  /// Lower-case letters, digits and underscores, 1 to 64 of them.
  public let rawValue: String

  /// `nil` if the value is not such a word.
  public init?(rawValue: String) {
    let isWord = rawValue.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
      default: false
      }
    }
    guard isWord, (1...64).contains(rawValue.utf8.count) else { return nil }
    self.rawValue = rawValue
  }

  /// - Precondition: the literal is such a word.
  public init(_ word: StaticString) {
    guard let code = FailureCode(rawValue: word.description) else { preconditionFailure("no word: \(word)") }
    self = code
  }

  /// As ``init(_:)``: `"not_cents"`.
  public init(stringLiteral word: StaticString) { self.init(word) }

  public static let numberOverflow = FailureCode("number_overflow")
  public static let notFinite = FailureCode("not_finite")
  public static let invalidDigits = FailureCode("invalid_digits")
  public static let numberTooLong = FailureCode("number_too_long")
  public static let dataNotObject = FailureCode("data_not_object")
}

/// A projection that could not be computed for a user: a fact about the data, not about refold.
public struct Failure: Hashable, Sendable {
  public var user: UserID
  public var projectionType: String
  public var code: FailureCode
  /// The event whose value was refused, `nil` if there is no single one.
  public var event: EventID?
  /// Which field and why, without its value.
  public var detail: String

  public init(user: UserID, projectionType: String, code: FailureCode, event: EventID?, detail: String) {
    self.user = user
    self.projectionType = projectionType
    self.code = code
    self.event = event
    self.detail = detail
  }
}

/// A summary of a user's events of one type, including retracted ones, for the runbooks' coverage and lag checks.
public struct SignalSummary: Hashable, Sendable {
  public var user: UserID
  public var eventType: String
  public var count: Int
  public var first: Instant
  public var last: Instant
  /// The newest by (timestamp, id).
  public var newestEvent: EventID

  public init(user: UserID, eventType: String, count: Int, first: Instant, last: Instant, newestEvent: EventID) {
    self.user = user
    self.eventType = eventType
    self.count = count
    self.first = first
    self.last = last
    self.newestEvent = newestEvent
  }
}
