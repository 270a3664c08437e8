import EventModel
import JSONTape

/// Removes from an exhibit what its difference does not need.
struct WitnessShrinker {
  let trial: WitnessTrial
  let signature: Signature
  /// With at most this many events, the first result is good enough.
  private static let few = 5
  /// With more events than this, pairs are not tried.
  private static let pairLimit = 30

  /// Reduces an exhibit to few events, with few fields, that show the same difference. Deterministic.
  func shrunk(_ whole: Exhibit) -> Exhibit { shrunkFurther(withOneClock(whole)) }

  /// Shrinks an exhibit again that was changed after it was shrunk.
  func shrunkFurther(_ exhibit: Exhibit) -> Exhibit {
    var exhibit = exhibit
    var size = Int.max
    // Without a field an event can become superfluous, and the reverse. Repeat until neither step removes anything.
    while size != exhibit.size {
      size = exhibit.size
      exhibit = withFewerEvents(exhibit)
      exhibit = withFewerFields(exhibit)
    }
    return exhibit
  }

  /// Whether no single event can be left out.
  func isMinimal(_ exhibit: Exhibit) -> Bool {
    guard exhibit.events.count > 1 else { return true }
    return exhibit.events.indices.allSatisfy { index in
      var events = exhibit.events
      events.remove(at: index)
      return trial.signature(of: exhibit.with(events)) != signature
    }
  }

  /// Moves the as-of to an instant of the live row if the difference stays the same: the case then has one instant
  /// fewer.
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
    // Keep one event: a log without events is not a log.
    var events = minimalSubset(exhibit.events, keeping: 1, holds)
    if events.count > WitnessShrinker.few, events.count < exhibit.events.count {
      // Starting from the other end can remove more.
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
  /// The number of events plus the members and elements of their payloads.
  fileprivate var size: Int { events.count + fieldCount }

  var fieldCount: Int {
    var count = 0
    events.walk { count += $0.content.fieldCount }
    return count
  }
}
