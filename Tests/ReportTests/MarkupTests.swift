import Testing

@testable import Pages
@testable import Reporting

@Suite("report: escaping")
struct MarkupTests {
  private func written(_ markup: Markup) -> String {
    var bytes: [UInt8] = []
    markup.write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("characters that HTML could take for markup are written as character references")
  func references() {
    #expect(
      written(tag("b", [Attribute("title", "\"a' & <b>")], ["\"a' & <b></b>]]>"]))
        == "<b title=\"&quot;a&#39; &amp; &lt;b&gt;\">&quot;a&#39; &amp; &lt;b&gt;&lt;/b&gt;]]&gt;</b>")
    #expect(
      written(tag("b", [], ["</script><img src=x onerror=alert(1)>"]))
        == "<b>&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;</b>")
  }

  @Test("an interpolated literal is escaped like any other text")
  func interpolation() {
    let value = "<i>"
    #expect(written("a \(value)") == "a &lt;i&gt;")
  }

  @Test("control characters become U+FFFD, direction marks are written out")
  func invisible() {
    #expect(written(.text("a\u{0}\u{1B}\u{85}b\tc\nd")) == "a\u{FFFD}\u{FFFD}\u{FFFD}b\tc\nd")
    #expect(written(.text("\u{202E}fdp.exe\u{2066}\u{200F}")) == "⟨U+202E⟩fdp.exe⟨U+2066⟩⟨U+200F⟩")
  }

  @Test("no scalar adds a tag or a quote")
  func everyScalar() {
    for value in UInt32(0)...0x2FFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = written(tag("b", [Attribute("title", "x\(scalar)y")], [.text("x\(scalar)y")]))
      let inner = text.dropFirst("<b title=\"".count).dropLast("</b>".count)
      #expect(inner.filter { $0 == "\"" }.count == 1 && inner.filter { $0 == ">" }.count == 1, "U+\(value)")
      #expect(!inner.contains("<") && !inner.contains("'"), "U+\(value)")
    }
  }

  @Test("long names may break after a slash or a part of a word, and their text stays the same")
  func breaks() {
    #expect(written(breakable("capability_estimation/jump_height")) == "capability_estimation/<wbr>jump_height")
    #expect(written(breakable("estimate.mean is 1.01_x")) == "estimate.<wbr>mean is 1.01_<wbr>x")
    #expect(written(breakable("<a_b>")) == "&lt;a_<wbr>b&gt;")
  }

  @Test("Markdown takes no text for markup")
  func markdown() {
    #expect(markdownText("<b>*a*_[x](y)`|\u{202E}\n") == "&lt;b&gt;\\*a\\*\\_\\[x\\](y)\\`\\|⟨U+202E⟩⟨U+A⟩")
  }

  @Test("the policy names the style sheet and the script by their digests, and allows nothing else")
  func policy() throws {
    #expect(
      ReportAsset.policy.split(separator: ";").map { $0.split(separator: " ").first } == [
        "default-src", "style-src", "script-src", "base-uri", "form-action",
      ])
    // A digest in base64: 43 characters and one of padding.
    for asset in [ReportAsset.style, .script] {
      #expect(asset.source.wholeMatch(of: /'sha256-[A-Za-z0-9+\/]{43}='/) != nil)
    }
    // `</` could end the elements that hold them.
    for asset in [ReportAsset.style, .script] {
      #expect(!String(decoding: asset.bytes, as: UTF8.self).contains("</"))
    }
  }

  @Test("a share is 100 % or 0 % only when it is exactly all or none")
  func shares() {
    #expect(
      [(1, 1), (0, 7), (999_999, 1_000_000), (9_999_999, 10_000_000), (1, 1_000_000), (1, 10_000_000), (1, 3)].map {
        share($0.0, of: $0.1)
      } == ["100 %", "0 %", "> 99.999 %", "> 99.999 %", "< 0.001 %", "< 0.001 %", "33.3 %"])
    #expect(share(99_950, of: 100_000) == "99.950 %")
  }

  @Test("axes have few marks, at round numbers, and cover all values")
  func axes() {
    for (low, high) in [(0.0, 7.0), (0, 1), (0, 999), (-3.5, 12), (0.65, 0.85), (44, 44), (1e9, 3e9), (-0.2, -0.1)] {
      for isCount in [true, false] where !isCount || low >= 0 {
        let axis = Axis(low, high, isCount: isCount)
        #expect(axis.low <= low && axis.high >= high && (2...7).contains(axis.marks.count), "\(low) \(high)")
        #expect(Set(axis.marks.map(axis.text)).count == axis.marks.count, "\(low) \(high)")
      }
    }
    #expect(Axis(0, 2, isCount: true).marks == [0, 1, 2])
  }
}
