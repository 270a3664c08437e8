import ArgumentParser
import Platform

/// How files are written.
struct WritingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Permissions of the files written, octal, such as 640. Default: those of a replaced file, 600 for a new one.",
      valueName: "mode"))
  var mode: ModeArgument?

  /// The permission bits asked for.
  var bits: mode_t? { mode?.bits }
}

/// `640`: who may read and write a file beside its owner, who always may.
struct ModeArgument: ExpressibleByArgument {
  var bits: mode_t

  init?(argument: String) {
    guard (3...4).contains(argument.utf8.count), let bits = mode_t(argument, radix: 8), bits & 0o600 == 0o600,
      bits & ~0o666 == 0
    else { return nil }
    self.bits = bits
  }
}
