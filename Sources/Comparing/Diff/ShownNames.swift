import EventModel

/// The last component of a path, which is what reports call a file; the whole path where two files would share it.
package func shownNames(_ paths: [String]) -> [Foreign] {
  let bases = paths.map { path in path.split(separator: "/").last.map(String.init) ?? path }
  return (Set(bases).count == Set(paths).count ? bases : paths).map { Foreign($0) }
}
