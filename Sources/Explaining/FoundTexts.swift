/// Texts that the records of a thread share. Each text is stored once.
package final class FoundTexts {
  private(set) var files: [String] = []
  package private(set) var types: [String] = []
  private(set) var faults: [Fault] = []
  private var typeNumbers: [String: Int32] = [:]
  private var faultNumbers: [Fault: Int32] = [:]

  struct Fault: Hashable {
    var field: String?
    var reason: String

    /// The fault of a record that is left out because a record with its id is marked as deleted.
    static let leftOut = Fault(field: nil, reason: "left out: a record with its id is marked as deleted")
    /// The fault of a record whose id names more than one event.
    static let ambiguous = Fault(field: "id", reason: "the id of another event with other content")
  }

  /// Files come one after another, so only the last one can be the same.
  package func number(ofFile file: String) -> Int32 {
    if files.last != file { files.append(file) }
    return Int32(files.count - 1)
  }

  package func number(ofType type: String) -> Int32 {
    if let number = typeNumbers[type] { return number }
    types.append(type)
    typeNumbers[type] = Int32(types.count - 1)
    return Int32(types.count - 1)
  }

  func number(of fault: Fault) -> Int32 {
    if let number = faultNumbers[fault] { return number }
    faults.append(fault)
    faultNumbers[fault] = Int32(faults.count - 1)
    return Int32(faults.count - 1)
  }
}
