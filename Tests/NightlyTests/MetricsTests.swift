import Foundation
import JSONTape
import ProcessSupport
import Testing

@Suite("OpenMetrics")
struct MetricsTests {
  /// A sample: name and labels as written, and the value.
  private func parse(_ text: String) throws -> [String: Double] {
    var types: [String: String] = [:]
    var samples: [String: Double] = [:]
    var family = ""
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.suffix(2) == ["# EOF", ""])
    for line in lines.dropLast(2) {
      if line.hasPrefix("# ") {
        let words = line.split(separator: " ", maxSplits: 3)
        #expect(words.count == 4 && ["HELP", "TYPE"].contains(words[1]))
        family = String(words[2])
        // The families are not interleaved.
        if words[1] == "TYPE" { #expect(types.updateValue(String(words[3]), forKey: family) == nil) }
        continue
      }
      let sample = try #require(line.wholeMatch(of: /([a-z_]+(\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\})?) ([0-9.]+)/))
      #expect(sample.1.prefix { $0 != "{" } == family && types[family] == "gauge")
      let value = try #require(Double(String(sample.4)))
      #expect(samples.updateValue(value, forKey: String(sample.1)) == nil, "twice: \(line)")
    }
    return samples
  }

  @Test("the file is what the report says, is written whole, and is private unless --mode says otherwise")
  func figures() throws {
    let lab = try NightlyLab()
    let began = Date().timeIntervalSince1970.rounded(.down)
    let finished = try lab.diff(1, ["--openmetrics", "refold.prom", "--json", "--mode", "644"])
    let report = try JSONTree(parsing: Array(finished.output.utf8))
    let samples = try parse(String(decoding: #require(lab.folder.bytes("refold.prom")), as: UTF8.self))
    for member in report["projections"]?.members ?? [] {
      #expect(samples["refold_rows_compared{projection=\"\(member.key)\"}"] == member.value["compared"]?.number)
      #expect(samples["refold_rows_equal{projection=\"\(member.key)\"}"] == member.value["equal"]?.number)
      for cause in member.value["causes"]?.members ?? [] {
        let name = "refold_rows_different{projection=\"\(member.key)\",cause=\"\(cause.key)\"}"
        #expect(samples[name] == cause.value.number)
      }
    }
    #expect(samples["refold_rows_unacceptable"] == report["unacceptable_rows"]?.number)
    #expect(samples["refold_diff_exit_status"] == Double(finished.status))
    #expect(samples["refold_diff_verdict{verdict=\"different\"}"] == 1)
    #expect(samples.filter { $0.key.hasPrefix("refold_diff_verdict") }.values.reduce(0, +) == 1)
    #expect(samples["refold_diff_as_of_timestamp_seconds"] == 1_771_200_000)
    #expect(try #require(samples["refold_diff_end_timestamp_seconds"]) >= began)
    #expect(samples["refold_rows_since{state=\"new\"}"] == nil)
    func mode() throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: lab.folder.file("refold.prom"))[.posixPermissions] as? Int
    }
    #expect(try mode() == 0o644)
    try FileManager.default.removeItem(atPath: lab.folder.file("refold.prom"))
    _ = try lab.diff(1, ["--openmetrics", "refold.prom"])
    #expect(try mode() == 0o600)
    // Trouble leaves the old file: its age tells.
    let old = lab.folder.bytes("refold.prom")
    #expect(try lab.diff(1, ["--openmetrics", "refold.prom", "--user", UUID().uuidString]).status == 2)
    #expect(lab.folder.bytes("refold.prom") == old && !lab.folder.names.contains { $0.hasSuffix(".tmp") })
  }
}
