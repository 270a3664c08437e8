import TestSupport

/// Seeded users with an hour of sets, corrections and retractions before live computed their rows. For each user, live
/// did not see a few of these events.
struct PlantedOmissions {
  enum Shape: CaseIterable { case suffix, sets, corrections, retractions }

  struct Line {
    var id: Int
    var type: String
    var stored: String
    var text: String
  }

  struct User {
    var lines: [Line]
    var left: Set<Int>
  }

  /// When live computed all rows.
  static let computed = "2026-02-10T12:00:00Z"
  static let asOf = "2026-02-22T00:00:00Z"

  private(set) var users: [User] = []
  private var random: SeededGenerator
  private var last = 0

  /// - Parameters:
  ///   - sizes: how many events a user's rows lack.
  ///   - hoursBefore: the events that rows can lack were stored at least this long before the rows.
  init(seed: UInt64, rounds: Int, shapes: [Shape] = Shape.allCases, sizes: ClosedRange<Int> = 1...3, hoursBefore: Int) {
    random = SeededGenerator(seed: seed)
    for _ in 0..<rounds {
      for shape in shapes { for size in sizes { add(shape, size, hoursBefore) } }
    }
  }

  private mutating func add(_ shape: Shape, _ size: Int, _ hoursBefore: Int) {
    let user = FoldedHistory.id(0xA_0000 + users.count)
    var lines: [Line] = []
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    func add(_ type: String, _ time: String, _ data: String) -> Int {
      last += 1
      lines.append(
        Line(
          id: last, type: type, stored: time,
          text: """
            {"id":"\(FoldedHistory.id(last))","user_id":"\(user)","timestamp":"\(time)","event_type":"\(type)",\
            "data":\(data),"metadata":{},"created_at":"\(time)"}
            """))
      return last
    }
    func set() -> String {
      let (weight, reps) = (Int.random(in: 60...140, using: &random), Int.random(in: 1...10, using: &random))
      return #"{"exercise_id":"squat","weight_kg":\#(weight),"reps":\#(reps)}"#
    }
    let sets = (1...10).map { day in add("set.logged", "2026-01-\(two(day * 3))T10:00:00Z", set()) }
    let targets = sets.shuffled(using: &random)
    let minutes = Array(Array(5...58).shuffled(using: &random).prefix(9)).sorted()
    var recent = ["set.logged", "set.corrected", "event.retracted"].flatMap { [$0, $0, $0] }
    recent.shuffle(using: &random)
    for (index, type) in recent.enumerated() {
      let time = "2026-02-10T\(two(11 - hoursBefore)):\(two(minutes[index])):00Z"
      let target = FoldedHistory.id(targets[index])
      switch type {
      case "set.corrected":
        let weight = Int.random(in: 60...140, using: &random)
        _ = add(type, time, #"{"target_event_id":"\#(target)","changed_fields":{"weight_kg":\#(weight)}}"#)
      case "event.retracted": _ = add(type, time, #"{"retracted_event_id":"\#(target)"}"#)
      default: _ = add(type, time, set())
      }
    }
    let choices = lines.suffix(9)
    func some(_ type: String) -> [Int] {
      Array(choices.filter { $0.type == type }.map(\.id).shuffled(using: &random).prefix(size))
    }
    let left =
      switch shape {
      case .suffix: choices.suffix(size).map(\.id)
      case .sets: some("set.logged")
      case .corrections: some("set.corrected")
      case .retractions: some("event.retracted")
      }
    _ = add("set.logged", "2026-02-15T10:00:00Z", set())
    users.append(User(lines: lines, left: Set(left)))
  }

  /// The whole log.
  var log: String { text { _, _ in true } }
  /// The events that were stored when live computed its rows.
  var stored: String { text { line, _ in line.stored < PlantedOmissions.computed } }
  /// The stored events that live saw.
  var seen: String { text { line, user in line.stored < PlantedOmissions.computed && !user.left.contains(line.id) } }

  private func text(_ includes: (Line, User) -> Bool) -> String {
    users.flatMap { user in user.lines.filter { includes($0, user) }.map(\.text) }.joined(separator: "\n")
  }
}
