/// Opens a new file without a name, readable and writable: only this process can reach it, and it vanishes with the process.
/// -1 with `errno` if that fails. A program that takes this one's place does not get it.
package func openNameless(in directory: String) -> Int32 {
  let descriptor = openUnnamed(in: directory)
  if descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) { return descriptor }
  // The file system supports named files only: block signals between creating the file and removing its name.
  var (all, before) = (sigset_t(), sigset_t())
  sigfillset(&all)
  pthread_sigmask(SIG_BLOCK, &all, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  var template = Array((directory + "/.refold-XXXXXX").utf8CString)
  let named = mkstemp(&template)
  if named >= 0 {
    unlink(template)
    _ = fcntl(named, F_SETFD, FD_CLOEXEC)
  }
  return named
}
