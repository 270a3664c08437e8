/// The names in a directory, hidden ones too, without `.` and `..`, in ascending order of their bytes. O(n log n).
///
/// `nil` with `errno` if it cannot be read to its end: a part of its names is never given.
package func namesInDirectory(_ path: String) -> [String]? {
  guard let stream = opendir(path) else { return nil }
  // The name ends at its NUL. As a Swift tuple, `d_name` may extend past the record.
  let offset = MemoryLayout<dirent>.offset(of: \.d_name)!
  var names: [String] = []
  errno = 0
  while let entry = readdir(stream) {
    let name = String(cString: (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self))
    if name != ".", name != ".." { names.append(name) }
    errno = 0
  }
  let fault = errno
  closedir(stream)
  errno = fault
  if fault != 0 { return nil }
  return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}
