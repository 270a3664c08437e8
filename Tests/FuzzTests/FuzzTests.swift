import Foundation
import ProcessSupport
import Testing

/// A bounded run of refold-fuzz with a fixed seed.
@Suite struct FuzzTests {
  @Test("mutated fixtures: no crash, equal events or equal refusals in all forms, simdjson and the exact parser agree")
  func bounded() throws {
    let fuzzer = builtPrograms + "/refold-fuzz"
    let inputs = ProcessInfo.processInfo.environment["REFOLD_FUZZ_INPUTS"] ?? "6000"
    let finished = try run(fuzzer, ["--inputs", inputs, "--seed", "1", "--corpus", repository + "/fixtures"])
    print(finished.output)
    #expect(finished.status == 0, "\(finished.output)\(finished.errors)")
  }

  /// Built for `.ci/full` only, in its own folder, so that it does not wait for the build that runs the tests.
  @Test(
    "the same under AddressSanitizer: no access outside allocated memory",
    .enabled(if: ProcessInfo.processInfo.environment["REFOLD_SANITIZED"] != nil))
  func sanitized() throws {
    let scratch = repository + "/.build/sanitized"
    let words = ["swift", "build", "-c", "release", "--product", "refold-fuzz", "--sanitize", "address"]
    let built = try run("/usr/bin/env", words + ["--scratch-path", scratch], directory: repository)
    try #require(built.status == 0, "\(built.output)\(built.errors)")
    let inputs = [
      "--inputs", ProcessInfo.processInfo.environment["REFOLD_FUZZ_INPUTS"] ?? "5000", "--seed", "1", "--corpus",
      repository + "/fixtures",
    ]
    let finished = try run(scratch + "/release/refold-fuzz", inputs)
    #expect(finished.status == 0, "\(finished.output)\(finished.errors)")
  }
}
