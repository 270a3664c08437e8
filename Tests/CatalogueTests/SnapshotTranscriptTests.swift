import Foundation
import ProcessSupport
import TestSupport
import Testing

/// The output of commands with a projection that was added: rebuilding, and snapshots of other refolds.
@Suite("refold-example: rebuild, show, digest, fold, merge; unknown versions")
struct SnapshotTranscriptTests {
  @Test("rebuild counts its rows, show prints them, digest has a line for them")
  func rebuilding() throws {
    let lab = try ExampleLab()
    let again = try lab.example(ExampleLab.rebuild + ["-o", "again.sqlite", "--threads", "1"])
    #expect(again.status == 0)
    #expect(columns(again.output + again.errors).contains(["training_volume/weekly", "2"]))
    #expect(lab.folder.bytes("again.sqlite") == lab.folder.bytes("snapshot.sqlite"))

    let shown = try lab.example("show", "snapshot.sqlite", ExampleLab.user, ExampleLab.volume)
    #expect(shown.status == 0)
    #expect(
      shown.output == """
        training_volume/weekly
        {
          "computed_at": "2026-02-22T00:00:00+00:00",
          "rules": "training_volume.v1",
          "weeks": [
            {
              "kg_repetitions": 830,
              "sets": 2,
              "week": "2026-W02"
            },
            {
              "kg_repetitions": 900,
              "sets": 1,
              "week": "2026-W04"
            }
          ]
        }

        """)
    let digests = try lab.example("digest", "snapshot.sqlite")
    #expect(digests.status == 0)
    let types = columns(digests.output).compactMap { $0.last }.filter { $0.hasPrefix("digest.projections.") }
    #expect(
      types
        == ["capability_estimation", "objective_advisory", "objective_state", "training_volume"].map {
          "digest.projections." + $0
        })
  }

  @Test("parts that are folded and merged give the bytes of a rebuild, whichever refold merges them")
  func partitions() throws {
    let lab = try ExampleLab()
    for part in 0..<3 {
      let folded = try lab.example(
        "fold", "log.ndjson", "--users", "users.ndjson", "--as-of", ExampleLab.asOf, "--partition", "\(part)/3", "-o",
        "part-\(part).sqlite")
      #expect(folded.status == 0, "\(folded.errors)")
    }
    let parts = (0..<3).map { "part-\($0).sqlite" }
    #expect(try lab.example(["merge"] + parts + ["-o", "merged.sqlite"]).status == 0)
    #expect(lab.folder.bytes("merged.sqlite") == lab.folder.bytes("snapshot.sqlite"))
    #expect(try lab.plain("merge", parts[0], parts[1], parts[2], "-o", "plain.sqlite").status == 0)
    #expect(lab.folder.bytes("plain.sqlite") == lab.folder.bytes("snapshot.sqlite"))
  }

  @Test(
    "--reducers refuses unknown choices and says what there is",
    arguments: [
      (
        ["nope=v1"],
        "no projection type is called 'nope'; there are capability_estimation, objective_advisory, objective_state, training_volume"
      ),
      (["training_volume=v2"], "training_volume has no version 'v2'; it has training_volume.v1"),
      (["capability_estimation=v1", "capability_estimation=v2"], "'capability_estimation' is named twice"),
      (
        ["training_volume"],
        "'training_volume': expected TYPE=VERSION, such as capability_estimation=v2, or a program's file; there are capability_estimation=capability_estimation.v1, "
      ),
      (["training_volume="], "'training_volume=': expected TYPE=VERSION"), (["=v1"], "'=v1': expected TYPE=VERSION"),
    ])
  func refusals(choices: [String], message: String) throws {
    let lab = try ExampleLab()
    let run = try lab.example(
      ExampleLab.rebuild + ["-o", "refused.sqlite"] + choices.flatMap { ["--reducers", $0] })
    #expect(run.status == 2)
    #expect(run.output.isEmpty)
    #expect(run.errors.contains(message), "\(run.errors)")
    #expect(!lab.folder.names.contains("refused.sqlite"))
  }

  @Test(
    "--reducers chooses a version, by its whole name or by the part after the type",
    arguments: ["v1", "capability_estimation.v1"])
  func choice(version: String) throws {
    let lab = try ExampleLab()
    #expect(
      try lab.example(
        ExampleLab.rebuild + ["-o", "v1.sqlite", "--reducers", "capability_estimation=\(version)"]
      ).status == 0)
    let key = "capability_estimation/strength_1rm"
    let old = try lab.example("show", "v1.sqlite", ExampleLab.user, key)
    let new = try lab.example("show", "snapshot.sqlite", ExampleLab.user, key)
    #expect(old.output.contains(#""model_version": "capability_estimation.v1""#))
    #expect(new.output.contains(#""model_version": "capability_estimation.v2""#))
    // Rows of other projections are the same.
    #expect(
      try lab.example("show", "v1.sqlite", ExampleLab.user, ExampleLab.volume).output
        == lab.example("show", "snapshot.sqlite", ExampleLab.user, ExampleLab.volume).output)
  }

  @Test("a refold without the projection refuses to diff or report the snapshot, and says what to do")
  func unknownType() throws {
    let lab = try ExampleLab()
    try lab.live("live.ndjson")
    // In everything else, the snapshot has versions that refold has.
    #expect(
      try lab.example(
        ExampleLab.rebuild + ["-o", "v1.sqlite", "--reducers", "capability_estimation=v1"]
      ).status == 0)
    for arguments in [
      ["diff", "v1.sqlite", "live.ndjson"], ["diff", "v1.sqlite", "live.ndjson", "--log", "log.ndjson"],
      ["report", "v1.sqlite", "--live", "live.ndjson", "--json"],
    ] {
      let run = try run(refoldBinary, arguments, directory: lab.folder.path)
      #expect(run.status == 2, "\(arguments)")
      #expect(
        run.errors.contains(
          "v1.sqlite holds rows of training_volume, a projection that this refold does not know; use the refold that made it"
        ), "\(arguments): \(run.errors)")
    }
  }

  @Test("a refold without the version refuses to fold the snapshot's rows again, and says which versions it has")
  func unknownVersion() throws {
    let lab = try ExampleLab()
    // A snapshot as made by a refold with another version of a type.
    try lab.folder.write("v9.sqlite", try #require(lab.folder.bytes("snapshot.sqlite")))
    let sql = "UPDATE manifest SET value = 'capability_estimation.v9' WHERE key = 'reducer.capability_estimation'"
    try #require(try run("/usr/bin/sqlite3", [lab.folder.file("v9.sqlite"), sql]).status == 0)
    try lab.live("live.ndjson", snapshot: "v9.sqlite")
    let refused = try lab.example("diff", "v9.sqlite", "live.ndjson", "--log", "log.ndjson")
    #expect(refused.status == 2)
    #expect(
      refused.errors.contains(
        "v9.sqlite was made with version capability_estimation.v9 of capability_estimation, which this refold does not have (it has capability_estimation.v1, capability_estimation.v2); rebuild it, or use the refold that made it"
      ), "\(refused.errors)")
    // Without the log, nothing is folded.
    #expect(try lab.example("diff", "v9.sqlite", "live.ndjson").status == 0)
  }

  @Test("a snapshot made before the projection: the projection's live rows are counted, and are not surplus")
  func olderSnapshot() throws {
    let lab = try ExampleLab()
    #expect(
      try lab.plain(
        "rebuild", "log.ndjson", "--users", "users.ndjson", "--as-of", ExampleLab.asOf, "-o", "old.sqlite"
      ).status == 0)
    #expect(
      try lab.example(
        ExampleLab.rebuild + ["-o", "v1.sqlite", "--reducers", "capability_estimation=v1"]
      ).status == 0)
    try lab.live("live.ndjson", snapshot: "v1.sqlite")
    let run = try lab.example("diff", "old.sqlite", "live.ndjson", "--log", "log.ndjson")
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    let lines = trimmedLines(run.output)
    #expect(lines.contains("2 live rows of training_volume, which no reducer of the snapshot writes"))
    #expect(lines.contains("12 rows of 2 users compared: all equal"))

    let volumes = try #require(lab.folder.bytes("live.ndjson"))
    let rows = String(decoding: volumes, as: UTF8.self).split(separator: "\n").filter { $0.contains("training_volume") }
    try lab.folder.write("volumes.ndjson", Array(rows.joined(separator: "\n").utf8))
    let nothing = try lab.example("diff", "old.sqlite", "volumes.ndjson")
    #expect(nothing.status == 2)
    #expect(
      nothing.errors.contains(
        "nothing was compared: the live side has 2 rows, all of projection types that no reducer of the snapshot writes; it was made without training_volume: rebuild it"
      ), "\(nothing.errors)")
    // refold does not know the type either, so it does not advise a rebuild.
    let plain = try lab.plain("diff", "old.sqlite", "volumes.ndjson")
    #expect(plain.status == 2)
    #expect(!plain.errors.contains("rebuild it"))
  }
}
