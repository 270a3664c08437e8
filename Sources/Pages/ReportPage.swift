import EventModel
import Formatting
import Reporting

extension ReportFacts {
  /// The report as one self-contained HTML page of at most ``ReportLimits/page`` bytes. If not all users fit, the last
  /// are left out, and the page says so. Equal facts give equal bytes.
  package var html: [UInt8] {
    let whole = inReadingOrder
    let complete = whole.wholePage
    if complete.count <= ReportLimits.page || users.isEmpty { return complete }
    /// The page with the first users.
    func page(of count: Int) -> [UInt8] {
      var facts = whole
      facts.users = Array(whole.users.prefix(count))
      facts.cuts.append("\(plural(users.count - count, "user")) of those with the most differences, for size")
      return facts.wholePage
    }
    // The page of `low` users fits, that of `high` does not.
    var (low, high, best) = (0, users.count, page(of: 0))
    while high - low > 1 {
      let middle = (low + high) / 2
      let bytes = page(of: middle)
      if bytes.count <= ReportLimits.page { (low, best) = (middle, bytes) } else { high = middle }
    }
    return best
  }

  private var wholePage: [UInt8] {
    let sections = [
      differenceSection, sinceSection, patternSection, behindSection, userSection, qualitySection, coverageSection,
      failureSection,
      logSection, manifestSection, limitSection,
    ].compactMap { $0 }
    return htmlPage(
      title: "\(headline) – refold report", header: pageHeader(sections), sections: sections, closing: closing)
  }

  private func pageHeader(_ sections: [Section]) -> Markup {
    tag(
      "header", [],
      [
        tag("p", class: "kind", ["refold report"]),
        tag(
          "h1", [],
          [
            tag("span", [Attribute("class", "badge \(outcomeClass)")], [.text(badge)]), " ", .text(headline),
          ]),
        tag("p", [.id("verdict"), Attribute("data-exit", "\(exitStatus)")], [tag("bdi", [], [.text(verdict.raw)])]),
        figures, navigation(sections),
      ])
  }

  private var badge: String {
    switch outcome {
    case "same": "same"
    case "different": "different"
    default: "snapshot"
    }
  }

  private var outcomeClass: StaticString {
    switch outcome {
    case "same": "same"
    case "different": "different"
    default: "neutral"
    }
  }

  /// The key figures.
  private var figures: Markup {
    var pairs: [(title: String, count: Int, key: String, extra: String?)] = []
    if let diff {
      if mode != .file {
        pairs.append(("rows compared", diff.compared, "compared", nil))
        pairs.append(("of them equal", diff.equal, "equal", share(diff.equal, of: diff.compared)))
      }
      // A row that only one side has is not compared.
      let alone = mode == .file ? 0 : diff.different - (diff.compared - diff.equal)
      pairs.append(
        ("rows that differ", diff.different, "different", alone > 0 ? "\(grouped(alone)) on one side only" : nil))
      pairs.append(("not accepted", diff.unacceptable, "unacceptable", nil))
      pairs.append(("users affected", diff.usersDifferent, "users-different", nil))
    } else {
      pairs.append(("projection rows", rebuiltRows, "rebuilt", nil))
    }
    return figureList(pairs)
  }

  private var closing: String {
    let withKey = pseudonymKey.map { " that is made with the key \($0)" } ?? ""
    let names =
      isIdentified
      ? "Ids and texts are the real ones: do not publish this page."
      : "Users and events have pseudonyms (the same in every report\(withKey)), and free text is left out; --identify shows them."
    let version = manifest.first { $0.key == "refold.version" }?.value.raw ?? ""
    return "\(names) Made by refold report from a snapshot of refold \(version)."
  }

  /// A part of the page with its own heading.
  struct Section {
    var id: StaticString
    var title: String
    /// The question that the section answers, in one sentence.
    var lead: String
    var content: [Markup]

    var markup: Markup {
      tag(
        "section", [Attribute("id", "\(id)"), Attribute("aria-labelledby", "\(id)-title")],
        [tag("h2", [Attribute("id", "\(id)-title")], [.text(title)]), tag("p", class: "lead", [.text(lead)])] + content)
    }
  }
}

extension Cause {
  /// The CSS class of its colour, the same everywhere.
  var paint: StaticString {
    switch self {
    case .clock: "c-clock"
    case .behind: "c-behind"
    case .version: "c-version"
    case .texts: "c-texts"
    case .ahead: "c-ahead"
    case .unseen: "c-unseen"
    case .changed: "c-changed"
    case .missing: "c-missing"
    case .surplus: "c-surplus"
    case .failed: "c-failed"
    case .unexplained: "c-unexplained"
    case .tolerated: "c-tolerated"
    }
  }
}

/// A self-contained page.
func htmlPage(title: String, header: Markup, sections: [ReportFacts.Section], closing: String) -> [UInt8] {
  let head = tag(
    "head", [],
    [
      tag("meta", [Attribute("charset", "utf-8")]),
      tag("meta", [Attribute("http-equiv", "Content-Security-Policy"), Attribute("content", ReportAsset.policy)]),
      tag("meta", [Attribute("name", "viewport"), Attribute("content", "width=device-width, initial-scale=1")]),
      tag("meta", [Attribute("name", "color-scheme"), Attribute("content", "light dark")]),
      tag("meta", [Attribute("name", "referrer"), Attribute("content", "no-referrer")]),
      tag("title", [], [.text(title)]),
      tag("style", [], [.asset(.style)]),
    ])
  let page = tag(
    "html", [Attribute("lang", "en")],
    [
      head,
      tag(
        "body", [],
        [
          header, tag("main", [], sections.map(\.markup)), tag("footer", [], [tag("p", [], [.text(closing)])]),
          tag("script", [], [.asset(.script)]),
        ]),
    ])
  var bytes = Array("<!DOCTYPE html>\n".utf8)
  page.write(to: &bytes)
  return bytes
}

func navigation(_ sections: [ReportFacts.Section]) -> Markup {
  tag(
    "nav", [Attribute("aria-label", "Sections")],
    [
      tag(
        "ul", [], sections.map { tag("li", [], [tag("a", [Attribute("href", "#\($0.id)")], [.text($0.title)])]) })
    ])
}

/// The key figures, each with a name by which tests find it.
func figureList(_ figures: [(title: String, count: Int, key: String, extra: String?)]) -> Markup {
  tag(
    "dl", class: "figures",
    figures.map { title, count, key, extra in
      tag(
        "div", [],
        [
          tag("dt", [], [.text(title)]),
          tag(
            "dd", [],
            [tag("span", [Attribute("data-count", key)], [.text(grouped(count))])]
              + (extra.map { [tag("small", [], [.text($0)])] } ?? [])),
        ])
    })
}
