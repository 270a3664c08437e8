import Reporting

extension ReportFacts {
  /// How the snapshot was made.
  var manifestSection: Section? {
    var table = DataTable(label: "Manifest", columns: [.text("entry"), .text("value")])
    table.rows = manifest.map { [.text($0.key.raw), .markup(code($0.value.raw), sortedAs: $0.value.raw)] }
    let chosen = ["digest.snapshot", "as_of", "refold.version", "profile.name", "time_zones.release"]
    let short = chosen.compactMap { key in manifest.first { $0.key.raw == key } }
    return Section(
      id: "snapshot", title: "The snapshot", lead: "Everything its bytes depend on; refold digest checks it.",
      content: [
        tag(
          "dl", class: "pairs",
          short.map { tag("div", [], [tag("dt", [], [.text($0.key.raw)]), tag("dd", [], [code($0.value.raw)])]) }),
        fold(["The whole manifest"], [table.markup]),
      ])
  }

  /// What this page leaves out.
  var limitSection: Section? {
    let lines = unknown + cuts
    if lines.isEmpty { return nil }
    return Section(
      id: "limits", title: "What this report leaves out", lead: "Not known from what was given, or cut for size.",
      content: [tag("ul", class: "notes", lines.map { tag("li", [], [tag("bdi", [], [.text($0.raw)])]) })])
  }
}
