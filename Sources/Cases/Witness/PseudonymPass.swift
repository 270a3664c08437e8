import EventModel
import Folding
import JSONTape

/// Removes everything personal from an exhibit: replaces ids, texts, dates and numbers as far as the difference stays
/// the same, and notes what had to stay.
struct PseudonymPass {
  let trial: WitnessTrial
  let signature: Signature
  let profile: any DomainProfile
  /// What was done, in sentences.
  private(set) var notes: [String] = []
  /// Free texts that could not be replaced.
  private(set) var needed: [String] = []
  /// The replacements of free texts.
  private(set) var standIns: Set<String> = []

  init(trial: WitnessTrial, signature: Signature, profile: any DomainProfile) {
    self.trial = trial
    self.signature = signature
    self.profile = profile
  }

  mutating func apply(to original: Exhibit) throws(WitnessError) -> Exhibit {
    var names = Pseudonyms(original, trial.words)
    names.profileTexts = Set(profile.wordings.map(\.text))
    guard holds(names, original) else { throw .changedByPseudonyms(trial.name) }
    notes.append("user and event ids are invented, in the order of the originals")
    replaceTexts(of: original, in: &names)
    standIns = Set(names.texts.values)
    replaceDates(of: original, in: &names)
    var exhibit = names.exhibit(original)
    exhibit = withPlainTimes(exhibit)
    exhibit = withCommonZones(exhibit)
    exhibit = withRoundNumbers(exhibit)
    return exhibit
  }

  private func holds(_ names: Pseudonyms, _ exhibit: Exhibit) -> Bool {
    trial.shows(signature, names.exhibit(exhibit))
  }

  // MARK: Texts

  private mutating func replaceTexts(of exhibit: Exhibit, in names: inout Pseudonyms) {
    let free = Pseudonyms.freeTexts(in: exhibit.events, trial.words)
    if free.isEmpty { return }
    var other = names
    other.texts = Pseudonyms.names(for: free)
    if holds(other, exhibit) {
      names = other
      notes.append("every free text is replaced (`text-1` …); equal texts stay equal, in the order of the originals")
      return
    }
    let proposed = other.texts
    for text in free {
      // Plain, then a word that decides something or makes a look-up raise, which the text may hold.
      let hints = names.words.payload.fragments.filter { KnownWords.normalized(text).contains($0) }
      let plain = proposed[text] ?? "text"
      let candidates = [plain] + hints.map { $0 + "-" + plain } + hints + names.words.payload.refused
      let found = candidates.first { candidate in
        var other = names
        other.texts[text] = candidate
        return holds(other, exhibit)
      }
      if let found { names.texts[text] = found } else { needed.append(text) }
    }
    notes.append("free texts are replaced (`text-1` …) as far as the difference stays the same")
  }

  // MARK: Dates

  private mutating func replaceDates(of exhibit: Exhibit, in names: inout Pseudonyms) {
    let first = exhibit.events.map(\.timestamp).min() ?? exhibit.asOf
    let day = floorDivide(first.microseconds, Instant.day)
    let target = CivilDate(year: 2001, month: 1, day: 1).daysSinceEpoch
    // A move by 28 years keeps weekdays and leap years.
    for days in [target - Int(day), -10_227] {
      var other = names
      other.days = days
      if holds(other, exhibit) {
        names = other
        notes.append("all dates are moved by the same number of days")
        return
      }
    }
    notes.append("dates are the original ones: moving them would change the difference")
  }

  /// Cuts times to whole minutes, or seconds, if the difference does not depend on the rest.
  private mutating func withPlainTimes(_ exhibit: Exhibit) -> Exhibit {
    for (unit, words) in [(Int64(60_000_000), "minutes"), (1_000_000, "seconds")] {
      func plain(_ instant: Instant) -> Instant {
        Instant(microseconds: floorDivide(instant.microseconds, unit) * unit)
      }
      var other = exhibit
      other.asOf = plain(exhibit.asOf)
      other.generatedAt = exhibit.generatedAt.map(plain)
      other.updatedAt = exhibit.updatedAt.map(plain)
      other.events = exhibit.events.map { event in
        event.changing { content in
          content.timestamp = plain(content.timestamp)
          content.createdAt = plain(content.createdAt)
        }
      }.sorted(by: WitnessEvent.precedes)
      if trial.shows(signature, other) {
        notes.append("times of day are cut to whole \(words)")
        return other
      }
    }
    return exhibit
  }

  // MARK: Zones and numbers

  private func withCommonZones(_ exhibit: Exhibit) -> Exhibit {
    exhibit.replacingScalars(trial, signature) { value, _ in
      guard let text = value.string, KnownWords.zone(text) != nil else { return [] }
      return ["UTC", "Europe/Berlin"].filter { $0 != text }.map { .string($0) }
    }
  }

  private mutating func withRoundNumbers(_ exhibit: Exhibit) -> Exhibit {
    notes.append("numbers are rounded as far as the difference stays the same")
    return exhibit.replacingScalars(trial, signature) { value, key in
      if key.map(trial.words.payload.instants.contains) ?? false { return [] }
      if let text = value.string, trial.words.holdsNumber(text) { return ["1", "10"].map { .string($0) } }
      return value.rounder
    }
  }
}
