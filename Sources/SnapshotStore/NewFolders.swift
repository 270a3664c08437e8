import Platform

/// Folders that were created above a file or folder under construction: they are removed with it, unless kept.
package final class NewFolders {
  private var entries: [TemporaryFiles.Entry] = []

  /// Creates a folder and all missing folders above it, for their owner only.
  package init(_ directory: String) throws(SnapshotError) {
    var path = ""
    for step in directory.split(separator: "/", omittingEmptySubsequences: false) {
      path += step + "/"
      var status = stat()
      if stat(path, &status) == 0 { continue }
      do { entries.append(try TemporaryFiles.createFolder(String(path.dropLast()), isParent: true)) } catch {
        // Another thread or process may have created it first.
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

  /// Removes the folders that are empty.
  package func discard() {
    for entry in entries.reversed() { TemporaryFiles.remove(entry) }
    entries = []
  }
}
