import ProcessSupport
import Testing

/// The C functions of CBytes on other machines than this one. `driver.c` calls them over the same inputs everywhere, and
/// what it prints must be the same. On each machine it also compares the instruction sets that the machine has.
///
/// The tools come from `.ci/setup tests`. Without them the tests fail.
@Suite("CBytes: every machine gives the same")
struct MachineTests {
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

  private static func compile(_ arguments: [String], room: String = "CBytes", driver name: String = "driver.c") throws {
    let sources = "\(repository)/Sources/\(room)"
    let compiler = [
      "/bin/sh", "-c", "exec clang -O2 -std=c11 -Wall -Werror -I \(sources)/include \"$@\" \(sources)/*.c",
    ]
    let driver = "\(repository)/Tests/CBytesTests/\(name)"
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

  /// What a compilation for aarch64 needs beside the sources. Without libgcc: nothing here needs it, and its folder has
  /// the version of a compiler in its name.
  private static let forARM: [String] = {
    let library = arm + "/lib"
    return [
      "--target=aarch64-linux-gnu", "-isystem", arm + "/include", "-nostdlib", "-fuse-ld=lld", "-L", library,
      "\(library)/crt1.o", "\(library)/crti.o", "-lc", "\(library)/crtn.o",
      "-Wl,-dynamic-linker,/lib/ld-linux-aarch64.so.1",
    ]
  }()

  @Test("aarch64, compiled for it and run by qemu")
  func aarch64() throws {
    let program = folder.file("aarch64")
    try MachineTests.compile(MachineTests.forARM + ["-o", program])
    try compare(with: ["qemu-aarch64", "-L", MachineTests.arm, program])
  }

  @Test("hashes: aarch64 with its instructions, x86-64 without any, and this machine give the same")
  func hashes() throws {
    let programs = (native: folder.file("hashes"), arm: folder.file("hashes-aarch64"))
    try MachineTests.compile(["-o", programs.native], room: "CHashing", driver: "hashing.c")
    try MachineTests.compile(MachineTests.forARM + ["-o", programs.arm], room: "CHashing", driver: "hashing.c")
    let here = try run(programs.native, [])
    try #require(here.status == 0 && here.output.split(separator: "\n").count == 1_023)
    let arm = try run("/usr/bin/env", ["qemu-aarch64", "-L", MachineTests.arm, programs.arm])
    #expect(arm.status == 0 && arm.output == here.output)
    #expect(arm.errors == "0: portable\n1: instructions\n2: instructions\n")
    #if arch(x86_64)
      let other = try run("/usr/bin/env", ["qemu-x86_64", "-cpu", "Nehalem", programs.native])
      #expect(other.status == 0 && other.output == here.output)
      #expect(other.errors == "0: portable\n1: portable\n2: portable\n")
    #endif
  }

  @Test("CSystem: aarch64, compiled for it and run by qemu")
  func system() throws {
    let program = folder.file("system")
    try MachineTests.compile(MachineTests.forARM + ["-o", program], room: "CSystem", driver: "system.c")
    let finished = try run("/usr/bin/env", ["qemu-aarch64", "-L", MachineTests.arm, program, folder.path])
    #expect(finished.status == 0, "\(finished.output)\(finished.errors)")
  }

  /// Their libraries have no cross packages, so they are compiled and not run. The headers of simdjson are the same for
  /// every machine; ISA-L's are not looked for.
  @Test("CSimdjson and CIsal are compiled for aarch64", arguments: ["CSimdjson/shim.cpp", "CIsal/isal.c"])
  func compiled(source: String) throws {
    let room = source.prefix { $0 != "/" }
    let isCxx = source.hasSuffix("cpp")
    let own = try run("/usr/bin/env", ["clang", "-print-resource-dir"]).output.replacing("\n", with: "") + "/include"
    let folders =
      (isCxx ? ["/include/c++/12", "/include/c++/12/aarch64-linux-gnu"] : []).map { MachineTests.arm + $0 }
      + [own, MachineTests.arm + "/include"]
    let finished = try run(
      "/usr/bin/env",
      [
        isCxx ? "clang++" : "clang", "--target=aarch64-linux-gnu", "-nostdinc", isCxx ? "-std=c++17" : "-std=c11",
        "-Wall", "-Werror", "-I", "\(repository)/Sources/\(room)/include",
      ] + folders.flatMap { ["-isystem", $0] } + (isCxx ? ["-nostdinc++", "-idirafter", "/usr/include"] : []) + [
        "-c", "\(repository)/Sources/\(source)", "-o", folder.file("compiled.o"),
      ])
    #expect(finished.status == 0, "\(finished.errors)")
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
