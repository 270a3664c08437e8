import EventModel
import Folding
import JSONTape

/// Which other versions of a reducer may have written a live row.
package struct RowVersions {
  /// Those to try.
  package var tried: [String] = []
  /// The one that the row says it was written by, where that is not the catalogue's own.
  var stamped: String?
  /// The version that the row says it was written by, where this refold does not have it.
  var unknown: String?

  /// By the row's stamp; a row without one is tried against all.
  package init(_ live: JSONValue, _ number: Int, _ catalogue: Catalogue) {
    let own = catalogue.schema(of: number)
    var stamp: String?
    for schema in catalogue.versions(of: own.type) {
      guard let member = schema.stamp, let value = live.member(member), value.isString else { continue }
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
