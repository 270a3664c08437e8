import ArgumentParser
import EventLog
import EventModel
import Projections
import RefoldKit
import Reporting

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "diff", abstract: "x")
  @Argument var snapshot: String
  @Argument var live: [String]
  @Option var log: [String] = []
  @Option var ndjson: String?
  @OptionGroup var resources: ResourceOptions
  func run() throws {
    var plan = DiffPlan()
    plan.snapshot = snapshot
    plan.live = live
    plan.log.logs = log
    plan.resources = resources.resources
    let outcome = try diff(plan, progress: ProgressMeter()) { d in
      print("{\"user_id\":\"\(d.user)\",\"projection_type\":\"\(d.name.type)\",\"key\":\"\(d.name.key)\",\"causes\":[\(d.causes.map { "\"\($0.rawValue)\"" }.joined(separator: ","))]}", d.fields.first as Any, d.details)
    }
    Terminal.error("\(outcome)")
  }
}
