import EventLog
import EventModel
import JSONTape
import Running

/// How to read the input of one partition.
package struct PartInput: Sendable {
  package var partition = UserPartition.whole
  /// Whether the events are mixed with records that hold only a user id: rows of the users export.
  package var hasUserRecords = false
  /// Whether the input ends with a count of its records and contains only users of the partition.
  package var isSealed = false
  /// The number of partitions that the users are split among: the input is then packed, and judged later together with
  /// all other parts. `nil`: one partition is folded.
  package var split: Int?
  /// Whether to keep the ids of the events, to compare them with those of other partitions.
  package var keepsEventIDs = false

  package init() {}
}

/// A record of a partition's input that is not an event.
enum PartRecord {
  /// `{"user_id": "…"}`: a row of the users export.
  case user(UserID)
  /// `{"data": {"records": 123}}`: how many records precede this one.
  case end(Int)
}

/// The state of one thread that reads a partition: a filter for users, and counts from records that are not events.
final class PartRecords {
  private let input: PartInput
  private let filter: PartitionFilter
  /// Number of records that hold only a user id.
  var users = 0
  /// The counts in the end records.
  var ends: [Int] = []

  init(_ input: PartInput) {
    self.input = input
    filter = PartitionFilter(input.partition)
  }

  func includes(_ user: UserID) -> Bool { filter.includes(user) }

  var isSealed: Bool { input.isSealed }

  /// Throws for a user of another partition in a sealed input: the program that partitioned the log computes another
  /// hash.
  @inline(__always)
  func check(_ user: UserID) throws(RecordFault) {
    if input.isSealed, !includes(user) { throw foreign }
  }

  private var foreign: RecordFault {
    RecordFault(field: "user_id", reason: "a user that is not of partition \(input.partition)")
  }

  /// Reads a line as a record that is not an event; `nil` if it is not one.
  func record(line: UnsafeRawBufferPointer) -> PartRecord? {
    guard line.count <= 256, let tree = try? JSONTree(parsing: Array(line)), let members = tree.members,
      members.count == 1
    else { return nil }
    if members[0].key == "user_id" { return members[0].value.string.flatMap { user($0) } }
    return members[0].key == "data" ? end(members[0].value) : nil
  }

  /// The same for the splitter's current record, in which all columns but one must be NULL.
  func record(fields: FieldSplitter) -> PartRecord? {
    let given = EventColumn.allCases.filter { !fields[$0.rawValue].isNull }
    guard given.count == 1, let column = given.first else { return nil }
    let bytes = Array(fields[column.rawValue].bytes)
    if column == .userID { return user(String(decoding: bytes, as: UTF8.self)) }
    guard column == .data, bytes.count <= 256 else { return nil }
    return (try? JSONTree(parsing: bytes)).flatMap { end($0) }
  }

  private func user(_ text: String) -> PartRecord? {
    input.hasUserRecords ? UserID(text).map { .user($0) } : nil
  }

  private func end(_ data: JSONTree) -> PartRecord? {
    guard input.isSealed, let members = data.members, members.count == 1, members[0].key == "records",
      case .integer(let count) = members[0].value
    else { return nil }
    return .end(Int(count))
  }
}

extension PartInput {
  /// Throws unless a sealed input has one end record, with the right count.
  func checkSeal(_ parts: [PartRecords], events: Int) throws(RefoldError) {
    guard isSealed else { return }
    let ends = parts.flatMap(\.ends)
    let records = events + parts.reduce(0) { $0 + $1.users }
    guard let count = ends.first else {
      throw .part("the input was cut off: \(records) records came and no end record; --sealed input ends with one")
    }
    if ends.count > 1 { throw .part("the input has \(ends.count) end records; it is of several partitions") }
    if count != records {
      throw .part("the input was cut off: its end record counts \(count) records, \(records) came")
    }
  }
}
