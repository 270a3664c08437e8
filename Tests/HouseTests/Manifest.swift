import Foundation
import ProcessSupport

/// The output of `swift package dump-package` for this package.
struct Manifest: Decodable {
  struct Target: Decodable {
    var name: String
    /// `regular`, `executable`, `test`, `system`…
    var type: String
    /// `nil` for the default path.
    var path: String?
    var dependencies: [Dependency]

    var folder: String { path ?? (type == "test" ? "Tests/" : "Sources/") + name }
  }

  /// One dependency, as the manifest names it: `"Name"` or `.product(name:package:)`.
  struct Dependency: Decodable {
    var name: String
    /// The package of a product; `nil` for a target.
    var package: String?

    private enum Keys: String, CodingKey { case byName, target, product }

    init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: Keys.self)
      guard let key = keys.allKeys.first else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "a dependency of a new kind"))
      }
      var parts = try keys.nestedUnkeyedContainer(forKey: key)
      name = try parts.decode(String.self)
      if key == .product { package = try parts.decode(String.self) }
    }
  }

  var targets: [Target]

  /// Uses its own scratch folder, so that it does not wait for the build that runs the tests.
  static func read() throws -> Manifest {
    let folder = try ScratchFolder()
    let words = ["swift", "package", "--scratch-path", folder.path, "dump-package"]
    let finished = try run("/usr/bin/env", words, directory: repository)
    guard finished.status == 0 else { throw Refused(what: finished.errors) }
    return try JSONDecoder().decode(Manifest.self, from: Data(finished.output.utf8))
  }

  struct Refused: Error { var what: String }

  /// All targets in `Sources`, each after the targets that it needs, otherwise in the manifest's order.
  var sources: [Target] {
    var rest = targets.filter { $0.folder.hasPrefix("Sources/") }
    var sorted: [Target] = []
    while let next = rest.firstIndex(where: { target in
      !target.dependencies.contains { needed in rest.contains { $0.name == needed.name } }
    }) {
      sorted.append(rest.remove(at: next))
    }
    // The targets that are left would need themselves; SwiftPM refuses such a manifest.
    return sorted + rest
  }
}
