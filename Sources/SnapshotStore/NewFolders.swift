import Platform

/// Folders above something that is in the making: they go with it, unless it is kept.
package final class NewFolders {
  private var entries: [TemporaryFiles.Entry] = []

  /// Makes a folder and those above it, those that are not there, for their owner only.
  package init(_ directory: String) throws(SnapshotError) {
    var path = ""
    for step in directory.split(separator: "/", omittingEmptySubsequences: false) {
      path += step + "/"
      var status = stat()
      if stat(path, &status) == 0 { continue }
      do { entries.append(try TemporaryFiles.createFolder(String(path.dropLast()), isParent: true)) } catch {
        // Another thread or process may have been first.
        if error.kind != .exists {
          discard()
          throw error
        }
      }
    }
  }

  deinit { discard() }

  package func keep() {
    for entry in entries { TemporaryFiles.forget(entry) }
    entries = []
  }

  /// Removes those that are empty.
  package func discard() {
    for entry in entries.reversed() { TemporaryFiles.remove(entry) }
    entries = []
  }
}
