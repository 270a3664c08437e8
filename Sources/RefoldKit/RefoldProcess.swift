import EventModel
import JSONTape
import Platform
import Projections
import SnapshotStore

/// What a process sets up once.
package enum RefoldProcess {
  /// Signals remove temporary files; a reader of our output that goes away is an error of `write`, not a death; no file of
  /// ours gets the number of a standard descriptor that is closed.
  package static func prepare() {
    StandardOutput.occupyStandardDescriptors()
    signal(SIGPIPE, SIG_IGN)
    TemporaryFiles.installSignalHandlers()
  }

  /// To be called before the process ends by itself: where a signal is ending it, that comes first.
  package static func awaitSignal() { TemporaryFiles.awaitEnd() }
}

/// Temporary files that killed runs left beside a target.
package func staleFiles(beside target: String) -> [String] { staleTemporaryFiles(beside: target) }

/// The built-in profile, with what a file overrides of it.
package func loadProfile(_ path: String?) throws(RefoldError) -> Profile {
  var profile = Profile()
  guard let path else { return profile }
  let json: JSONTree
  do throws(JSONFault) { json = try readHandwritten(path) } catch {
    throw .profile(file: path, reason: error.reason)
  }
  try profile.override(by: json, file: path)
  return profile
}

/// The JSON of a small file that people write by hand, or keep: one that says a thing twice is refused.
package func readHandwritten(_ path: String) throws(JSONFault) -> JSONTree {
  try JSONTree(parsing: try readWholeFile(path), repeatedKeys: .refused)
}

/// A small file people write by hand.
package func readWholeFile(_ path: String) throws(JSONFault) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  if descriptor < 0 { throw JSONFault(String(cString: strerror(errno)).lowercased()) }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let got = read(descriptor, &block, block.count)
    if got < 0 {
      if errno == EINTR { continue }
      throw JSONFault(String(cString: strerror(errno)).lowercased())
    }
    if got == 0 { return bytes }
    bytes += block[..<got]
    if bytes.count > 64 << 20 { throw JSONFault("longer than 64 MiB") }
  }
}
