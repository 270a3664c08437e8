import EventModel
import JSONTape

/// The reason, caveat and warning codes that only one of two rows has.
package func codeSets(_ rebuilt: JSONValue, _ live: JSONValue) -> CodeSets {
  let (mine, theirs) = (reasonCodes(of: rebuilt), reasonCodes(of: live))
  return CodeSets(onlyRebuilt: mine.subtracting(theirs).sorted(), onlyLive: theirs.subtracting(mine).sorted())
}

private func reasonCodes(of data: JSONValue) -> Set<String> {
  var codes: Set<String> = []
  func add(_ value: JSONValue?) {
    if let value, value.isString { codes.insert(String(decoding: value.text, as: UTF8.self)) }
  }
  for list: StaticString in ["caveats", "warnings"] {
    guard let entries = data.member(list) else { continue }
    for entry in entries.elements { add(entry.member("code")) }
  }
  if let reasons = data.member("data_sufficiency")?.member("uncertainty_reason_codes") {
    for code in reasons.elements { add(code) }
  }
  return codes
}
