import Foundation
import ProcessSupport
import Testing

/// A bounded run of refold-fuzz with a fixed seed.
@Suite struct FuzzTests {
  @Test("mutated fixtures: no crash, equal events or equal refusals in all forms, simdjson and the exact parser agree")
  func bounded() throws {
    let fuzzer = builtPrograms + "/refold-fuzz"
    let inputs = ProcessInfo.processInfo.environment["REFOLD_FUZZ_INPUTS"] ?? "20000"
    let finished = try run(fuzzer, ["--inputs", inputs, "--seed", "1", "--corpus", repository + "/fixtures"])
    print(finished.output)
    #expect(finished.status == 0, "\(finished.output)\(finished.errors)")
  }
}
