import JSONTape
import Platform

/// Parses a small JSON file that people write or keep by hand. A repeated object key is an error.
package func readHandwritten(_ path: String) throws(JSONFault) -> JSONTree {
  try JSONTree(parsing: try readWholeFile(path), repeatedKeys: .refused)
}

/// Reads a small file that people write by hand; fails above 64 MiB.
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
