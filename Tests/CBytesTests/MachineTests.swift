import ProcessSupport
import Testing

/// The C functions of CBytes on other machines than this one. `driver.c` calls them over the same inputs everywhere, and
/// what it prints must be the same. On each machine it also compares the instruction sets that the machine has.
///
/// The tools come from `.ci/setup tests`. Without them the tests fail.
@Suite("CBytes: every machine gives the same")
struct MachineTests {
  private static let sources = "\(repository)/Sources/CBytes"
  /// Where Debian puts the C library for aarch64.
  private static let arm = "/usr/aarch64-linux-gnu"

  private let folder: ScratchFolder
  /// Compiled for this machine, and its output.
  private let native: String
  private let expected: [Substring]

  init() throws {
    folder = try ScratchFolder()
    native = folder.file("native")
    try MachineTests.compile(["-o", native])
    expected = try MachineTests.output(of: [native])
    try #require(expected.count == 10_700)
  }

  private static func compile(_ arguments: [String]) throws {
    let compiler = [
      "/bin/sh", "-c", "exec clang -O2 -std=c11 -Wall -Werror -I \(sources)/include \"$@\" \(sources)/*.c",
    ]
    let driver = "\(repository)/Tests/CBytesTests/driver.c"
    let finished = try run(compiler[0], Array(compiler[1...]) + ["compile", driver] + arguments)
    try #require(finished.status == 0, "\(finished.output)\(finished.errors)")
  }

  private static func output(of command: [String]) throws -> [Substring] {
    let finished = try run("/usr/bin/env", command)
    try #require(finished.status == 0, "\(finished.output.suffix(200))\(finished.errors)")
    return finished.output.split(separator: "\n")
  }

  private func compare(with command: [String]) throws {
    let lines = try MachineTests.output(of: command)
    let first = zip(lines, expected).first { $0 != $1 }
    #expect(lines.count == expected.count && first == nil, "first difference: \(String(describing: first))")
  }

  @Test("aarch64, compiled for it and run by qemu")
  func aarch64() throws {
    let program = folder.file("aarch64")
    let library = MachineTests.arm + "/lib"
    // Without libgcc: nothing here needs it, and its folder has the version of a compiler in its name.
    try MachineTests.compile([
      "--target=aarch64-linux-gnu", "-isystem", MachineTests.arm + "/include", "-nostdlib", "-fuse-ld=lld", "-L",
      library,
      "\(library)/crt1.o", "\(library)/crti.o", "-lc", "\(library)/crtn.o",
      "-Wl,-dynamic-linker,/lib/ld-linux-aarch64.so.1", "-o", program,
    ])
    try compare(with: ["qemu-aarch64", "-L", MachineTests.arm, program])
  }

  #if arch(x86_64)
    @Test(
      "x86-64 without AVX2, and with AVX2 at most; both run by qemu",
      arguments: [("Nehalem", "0"), ("max,-avx512f", "1")])
    func lesserMachine(model: String, instructions: String) throws {
      let command = ["qemu-x86_64", "-cpu", model, native]
      #expect(try MachineTests.output(of: command + ["--instructions"]) == [Substring(instructions)])
      try compare(with: command)
    }
  #endif
}
