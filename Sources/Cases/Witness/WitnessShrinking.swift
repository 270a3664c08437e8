import EventModel
import JSONTape

/// Takes away of an exhibit what its difference does not need.
struct WitnessShrinker {
  let trial: WitnessTrial
  let signature: Signature
  /// Up to so many events the first way down is good enough.
  private static let few = 5
  /// Beyond so many events pairs are not tried.
  private static let pairLimit = 30

  /// The fewest events, and the fewest fields in them, that show the difference. Deterministic.
  func shrunk(_ whole: Exhibit) -> Exhibit { shrunkFurther(withOneClock(whole)) }

  /// The same of one that was shrunk, and changed since.
  func shrunkFurther(_ exhibit: Exhibit) -> Exhibit {
    var exhibit = exhibit
    var size = Int.max
    // A field less can make an event superfluous and the other way round; until neither gives way.
    while size != exhibit.size {
      size = exhibit.size
      exhibit = withFewerEvents(exhibit)
      exhibit = withFewerFields(exhibit)
    }
    return exhibit
  }

  /// Whether no event can be left out any more.
  func isMinimal(_ exhibit: Exhibit) -> Bool {
    guard exhibit.events.count > 1 else { return true }
    return exhibit.events.indices.allSatisfy { index in
      var events = exhibit.events
      events.remove(at: index)
      return trial.signature(of: exhibit.with(events)) != signature
    }
  }

  /// A live row that is computed at the as-of needs one instant less.
  private func withOneClock(_ exhibit: Exhibit) -> Exhibit {
    guard signature.causes.contains(.changed) || signature.causes.contains(.unseen) || signature.causes == [.texts]
    else { return exhibit }
    for instant in [exhibit.generatedAt, exhibit.updatedAt].compactMap({ $0 }) {
      var simpler = exhibit
      simpler.asOf = instant
      if simpler.generatedAt != nil { simpler.generatedAt = instant }
      if simpler.updatedAt != nil { simpler.updatedAt = instant }
      simpler.events = exhibit.events.walked { $0.createdAt.isVisible(at: exhibit.updatedAt ?? instant) }
      if trial.shows(signature, simpler) { return simpler }
    }
    return exhibit
  }

  private func withFewerEvents(_ exhibit: Exhibit) -> Exhibit {
    let holds = { (events: [WitnessEvent]) in trial.shows(signature, exhibit.with(events)) }
    // One event must stay: a log of none is no log.
    var events = minimalSubset(exhibit.events, keeping: 1, holds)
    if events.count > WitnessShrinker.few, events.count < exhibit.events.count {
      // From the other end the way down can lead further.
      let others = minimalSubset(exhibit.events.reversed(), keeping: 1) { holds($0.reversed()) }
      if others.count < events.count { events = others.reversed() }
    }
    if events.count <= WitnessShrinker.pairLimit {
      let fewer = withoutPairs(events, keeping: 1, holds)
      if fewer.count < events.count { events = minimalSubset(fewer, keeping: 1, holds) }
    }
    return exhibit.with(events)
  }

  private func withFewerFields(_ exhibit: Exhibit) -> Exhibit {
    var exhibit = exhibit
    for index in exhibit.events.indices {
      for payload in [\WitnessEvent.Content.metadata, \.data] {
        let event = exhibit.events[index]
        let smaller = event.content[keyPath: payload].shrunk { value in
          var events = exhibit.events
          events[index] = event.changing { $0[keyPath: payload] = value }
          return trial.shows(signature, exhibit.with(events))
        }
        if smaller != event.content[keyPath: payload] {
          exhibit.events[index] = event.changing { $0[keyPath: payload] = smaller }
        }
      }
    }
    return exhibit
  }
}

extension Exhibit {
  /// Events, and members and elements of their payloads.
  fileprivate var size: Int { events.count + fieldCount }

  var fieldCount: Int {
    var count = 0
    events.walk { count += $0.content.fieldCount }
    return count
  }
}
