import RefoldKit

extension EventType {
  static var deposited: EventType { EventType(1, "money.deposited") }
  static var withdrawn: EventType { EventType(2, "money.withdrawn") }
}

extension Field {
  static var cents: Field { Field(1, "cents") }
}

/// A bank: accounts with deposits and withdrawals, in cents.
public struct Bank: Domain {
  public let vocabulary = Vocabulary(eventTypes: [.deposited, .withdrawn], fields: [.cents])
  public let projections = [Balance.projection(version: "v1"), Balance.projection(version: "v2")]
  public init() {}
}

/// `account/balance`. Version 2 also says how low the balance has been.
final class Balance: Reducer {
  enum Slot: RowSlot { case computedAt, cents, lowest }
  static func projection(version: String) -> Projection<Bank> {
    let name = "account." + version
    let row = RowShape<Slot>([
      "cents": .slot(.cents), "computed_at": .slot(.computedAt), "lowest": .optional(.lowest), "rules": .text(name),
    ])
    let schema = ProjectionSchema(
      type: "account", version: name, keys: ["balance"], triggers: [.deposited, .withdrawn],
      sources: [.deposited, .withdrawn], inferredFrom: [], clock: "computed_at", stamp: "rules", requires: nil,
      words: Set(row.words), texts: [], drift: [], observations: nil, quality: nil, isObserved: false)
    return Projection(schema) { _ in Balance(row, hasLowest: version == "v2") }
  }

  struct State { var cents = 0, lowest = 0, last: EventID? }
  let evolving: EventTypeSet = [.deposited, .withdrawn]
  private let data = FieldSlots(), row: RowShape<Slot>, hasLowest: Bool
  init(_ row: RowShape<Slot>, hasLowest: Bool) { (self.row, self.hasLowest) = (row, hasLowest) }

  func initial() -> State { State() }
  func evolve(_ state: inout State, _ event: Event) throws(Refusal) {
    data.load(event.data)
    guard let cents = data[.cents]?.wholeNumber else { throw Refusal("not_cents", "cents is no whole number") }
    state.cents += event.isOf(.deposited) ? cents : -cents
    (state.lowest, state.last) = (min(state.lowest, state.cents), event.id)
  }

  func write(_ state: State, _ history: EventHistory, asOf: Instant, into rows: RowBuffer) throws(ReducerFailure) {
    guard let last = state.last else { return }
    try rows.row(0, lastEvent: last) { json in
      row.write(into: &json) { slot, json in
        switch slot {
        case .computedAt: json.instant(asOf)
        case .cents: json.integer(state.cents)
        case .lowest: if hasLowest { json.integer(state.lowest) }
        }
      }
    }
  }
}
