import ArgumentParser
import Platform

/// How to write files.
struct WritingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Permissions of the files written, octal, such as 640. Default: those of a replaced file, 600 for a new one.",
      valueName: "mode"))
  var mode: ModeArgument?

  /// The requested permission bits.
  var bits: mode_t? { mode?.bits }
}

/// `640`: the permissions of a file, which its owner can always read and write.
struct ModeArgument: ExpressibleByArgument {
  var bits: mode_t

  init?(argument: String) {
    guard (3...4).contains(argument.utf8.count), let bits = mode_t(argument, radix: 8), bits & 0o600 == 0o600,
      bits & ~0o666 == 0
    else { return nil }
    self.bits = bits
  }
}
