/// The types no reducer reads: meals, sleep, energy, body weight and custom events.
extension UserHistory {
  mutating func writeDiary(_ kind: EventKind, into line: inout LineWriter) {
    line.string("note", random.pick(Vocabulary.notes))
    switch kind {
    case .sleep:
      line.tenths("hours", 5 * random.from(8, 20))
      line.integer("quality", random.from(1, 5))
    case .energy:
      line.integer("level", random.from(1, 10))
    case .meal:
      line.integer("calories", random.from(150, 1400))
      line.tenths("protein_g", random.from(30, 700))
    case .bodyweight:
      line.tenths("weight_kg", random.from(480, 1150))
    default:
      line.tenths("hours", 5 * random.from(1, 20))
      line.tenths("weight_kg", random.from(480, 1150))
    }
  }
}
