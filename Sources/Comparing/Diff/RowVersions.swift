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
    // Rows of one stamp are of one version, whatever the version is called in a program's file.
    if let member = own.stamp, let stamp = live.member(named: member), stamp.isString,
      let mine = rebuilt.member(named: member), mine.isString, mine.text.equals(stamp.text)
    {
      return
    }
    var stamp: String?
    for schema in catalogue.versions(of: own.type) {
      guard let member = schema.stamp, let value = live.member(named: member), value.isString else { continue }
      let text = String(decoding: value.text, as: UTF8.self)
      if text == schema.version {
        if text == own.version { return }
        tried = [text]
        stamped = text
        return
      }
      stamp = stamp ?? text
    }
    unknown = stamp
    if stamp == nil { tried = catalogue.versions(of: own.type).map(\.version).filter { $0 != own.version } }
  }
}
