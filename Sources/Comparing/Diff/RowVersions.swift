import EventModel
import Folding
import JSONTape

/// The other versions of a reducer that may have written a live row.
package struct RowVersions {
  /// The versions to try.
  package var tried: [String] = []
  /// The version that the row names as its own, if it is a known version other than the catalogue's.
  var stamped: String?
  /// The version that the row names as its own, if this refold does not have it.
  var unknown: String?

  /// Uses the version stamp of the row. For a row without a stamp, all other versions are tried.
  package init(_ live: JSONValue, beside rebuilt: JSONValue, _ number: Int, _ catalogue: Catalogue) {
    let own = catalogue.schema(of: number)
    // The version that computes the row here; `nil` if a program does, whose rows say what they are.
    let version = catalogue.isOutside(number) ? nil : own.version
    let mine = own.stamp.flatMap { rebuilt.member(named: $0) }
    var stamp: String?
    for schema in catalogue.versions(of: own.type) {
      guard let member = schema.stamp, let value = live.member(named: member), value.isString else { continue }
      let text = String(decoding: value.text, as: UTF8.self)
      // Rows of one stamp are of one version, whatever the version is called in a program's file.
      if let mine, mine.isString, mine.text.equals(value.text) || text == version { return }
      if text == schema.version {
        tried = [text]
        stamped = text
        return
      }
      stamp = stamp ?? text
    }
    // A projection that no version of this domain writes.
    if catalogue.versions(of: own.type).isEmpty, let member = own.stamp, let value = live.member(named: member),
      value.isString, !(mine?.isString == true && mine?.text.equals(value.text) == true)
    {
      stamp = String(decoding: value.text, as: UTF8.self)
    }
    unknown = stamp
    if stamp == nil { tried = catalogue.versions(of: own.type).map(\.version).filter { $0 != version } }
  }
}
