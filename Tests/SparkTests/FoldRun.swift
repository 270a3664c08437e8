import EventModel
import Fitness
import Foundation
import Rebuilding
import Reporting
import Running
import SnapshotStore
import TestSupport
import Testing

/// A log, its single run, and folds of its partitions.
struct FoldRun {
  let folder: TemporaryFolder
  let logs: [String]
  let users: [String]
  let asOf: Instant

  init(_ logs: [String], users: [String], asOf: String = "2026-02-22T00:00:00Z") throws {
    folder = try TemporaryFolder()
    self.logs = logs
    self.users = users
    self.asOf = try TimestampText.parse(asOf)
  }

  /// The bytes of a single run over the whole log.
  func whole() throws -> Data {
    let run = try RunLog(logs, users: users) { [asOf] in $0.asOf = asOf }
    return try #require(FileManager.default.contents(atPath: run.snapshot))
  }

  /// Folds one partition into a part and returns its path.
  @discardableResult
  func part(_ index: Int, of count: Int, _ change: (inout FoldPlan) -> Void = { _ in }) throws -> String {
    let path = folder.file("part-\(index)-\(count).sqlite")
    var plan = FoldPlan(.fitness, asOf: asOf)
    plan.rebuild.input.logs = logs
    plan.rebuild.input.users = users
    plan.rebuild.input.resources.threads = 1 + index % 2
    plan.rebuild.input.resources.temporaryDirectory = folder.path
    plan.rebuild.force = true
    plan.part.partition = try #require(UserPartition(index, of: count))
    plan.output = path
    change(&plan)
    _ = try fold(plan, progress: ProgressMeter())
    return path
  }

  func parts(_ count: Int) throws -> [String] { try (0..<count).map { try part($0, of: count) } }

  /// Merges parts and returns the snapshot's bytes.
  func merged(_ parts: [String], _ change: (inout MergePlan) -> Void = { _ in }) throws -> Data {
    let output = folder.file("merged.sqlite")
    var plan = MergePlan(.fitness)
    plan.parts = parts
    plan.output = output
    plan.force = true
    plan.threads = 2
    plan.temporaryDirectory = folder.path
    change(&plan)
    let before = Set(folder.names).union(["merged.sqlite"])
    defer { #expect(before.isSuperset(of: folder.names), "nothing is left behind") }
    _ = try merge(plan, progress: ProgressMeter())
    return try #require(FileManager.default.contents(atPath: output))
  }

  /// The error of a merge that must fail and leave no file.
  func refusal(_ parts: [String], memory: Int = Resources.defaultMemory) throws -> String {
    var plan = MergePlan(.fitness)
    plan.parts = parts
    plan.output = folder.file("refused.sqlite")
    plan.memory = memory
    plan.temporaryDirectory = folder.path
    let before = folder.names
    do { _ = try merge(plan, progress: ProgressMeter()) } catch {
      #expect(folder.names == before)
      return "\(error)".replacing(folder.path + "/", with: "")
    }
    Issue.record("the merge succeeded")
    return ""
  }
}
