import CBuild
import Folding
import TimeZones

/// What `refold --version` prints: the version, on a line of its own, and what the results of this program depend on.
package func versionText(_ catalogue: Catalogue) -> String {
  let commit = String(cString: refold_build_commit())
  var lines = [
    refoldVersion,
    "commit      \(commit.isEmpty ? "unknown (built without .ci/package)" : commit)",
    "time zones  \(TimeZoneDatabase.release)",
    "unicode     \(unicodeRelease)",
  ]
  var types: [String] = []
  for schema in catalogue.all where !types.contains(schema.type) { types.append(schema.type) }
  for (index, type) in types.sorted().enumerated() {
    let versions = catalogue.versions(of: type).map(\.version).reduce(into: [String]()) { distinct, version in
      if !distinct.contains(version) { distinct.append(version) }
    }
    lines.append((index == 0 ? "reducers    " : "            ") + "\(type) \(versions.joined(separator: ", "))")
  }
  return lines.joined(separator: "\n")
}
