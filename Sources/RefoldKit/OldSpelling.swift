import EventModel

/// Says that this version is the last one to know a spelling.
///
/// - Parameters:
///   - old: what was given.
///   - new: what to write instead.
func noteOldSpelling(_ old: Foreign, _ new: Foreign, quiet: Bool) {
  if !quiet { Terminal.error("note: \(old) is the old spelling, which the next version will not know; write \(new)") }
}
