import ArgumentParser
import EventModel
import Platform

/// Exit status: 0 done (also when the reader closed the output early), 2 trouble.
@main
enum Main {
  static func main() {
    // `write` reports a closed pipe.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try GenerateCommand.parseAsRoot()
      try command.run()
    } catch GenerateFailure.outputClosed {
      return
    } catch let error as GenerateFailure {
      complain("refold-generate: \(error)")
    } catch {
      // The argument parser reports `--help` as an error, but as a successful one.
      let message = GenerateCommand.fullMessage(for: error)
      if GenerateCommand.exitCode(for: error) == .success { print(message) } else { complain(message) }
    }
  }

  private static func complain(_ message: String) {
    let text = message + "\n"
    _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    exit(2)
  }
}

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refold-generate",
    abstract: "Writes a made-up event log with the mix of ordinary ones, for benchmarks.",
    discussion: """
      NDJSON as `psql -Atc "select row_to_json(e) from events e"` prints it, or as
      an application writes it (--style compact: no spaces, members in another
      order), or half of the lines this way, half that way (mixed). The same
      arguments give the same bytes; the order changes nothing but the order, and
      the style nothing but the text of data and metadata; a user's events do not
      depend on the number of users. Sorting (created, shuffled) needs as much room
      in TMPDIR as the log is large.

      Examples:
        refold-generate --users 6000 --seed 1 -o events.ndjson
        refold-generate --users 60000 --seed 1 --order shuffled > large.ndjson
        refold-generate --users 6000 --seed 1 --style compact -o compact.ndjson
        refold-generate --users 99 --seed 7 --heavy-user 2000000 | gzip > heavy.gz

      Exit status: 0 done, 2 trouble.
      """)

  @Option(help: ArgumentHelp("How many users have events.", valueName: "n"))
  var users: Int

  @Option(help: ArgumentHelp("Which log of those there could be.", valueName: "s"))
  var seed: UInt64

  @Option(help: ArgumentHelp("Events per user on average; at 200 from 5 to 1,520.", valueName: "m"))
  var eventsPerUser = 200

  @Option(help: "Order of the lines: by user, by created_at, or shuffled.")
  var order = LineOrder.user

  @Option(help: "Text of the lines: as PostgreSQL prints jsonb, as an application writes it, or both.")
  var style = LogStyle.postgres

  @Option(
    help: ArgumentHelp("Writes the users export here; one in a hundred has no events.", valueName: "file"),
    completion: .file())
  var usersFile: String?

  @Option(
    name: [.short, .long], help: ArgumentHelp("Writes the log here, not to standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(help: ArgumentHelp("Adds one user with this many events.", valueName: "events"))
  var heavyUser = 0

  @Option(help: "User ids: random, or prefixed with the time of signing up.")
  var uuid = UserIDs.v4

  @Option(help: ArgumentHelp("First day, UTC.", valueName: "yyyy-mm-dd"))
  var start = Day(year: 2025, month: 6, day: 1)

  @Option(
    help: ArgumentHelp(
      "Day after the last, UTC; late lines are stored up to ten days later.", valueName: "yyyy-mm-dd"))
  var end = Day(year: 2026, month: 2, day: 22)

  func validate() throws {
    guard 1...4_000_000 ~= users else { throw ValidationError("--users must be 1 to 4000000.") }
    guard 1...1_000_000 ~= eventsPerUser else { throw ValidationError("--events-per-user must be 1 to 1000000.") }
    guard 0...1_000_000_000 ~= heavyUser else { throw ValidationError("--heavy-user must be 0 to 1000000000.") }
    guard start.microseconds < end.microseconds else { throw ValidationError("--start must be before --end.") }
  }

  func run() throws {
    let plan = LogPlan(
      users: users, seed: seed, eventsPerUser: eventsPerUser, heavyUser: heavyUser, start: start.microseconds,
      end: end.microseconds, timePrefixed: uuid == .v7)
    if let usersFile {
      var sink = try ByteSink(path: usersFile)
      do { try generateUsers(plan, into: &sink) } catch {
        sink.discard()
        throw error
      }
    }
    var sink = try ByteSink(path: output)
    do { try generate(plan, order: order, style: style, into: &sink) } catch {
      sink.discard()
      throw error
    }
  }
}

/// The version of user ids.
enum UserIDs: String, CaseIterable, ExpressibleByArgument {
  case v4
  case v7
}

extension LineOrder: ExpressibleByArgument {}

extension LogStyle: ExpressibleByArgument {}

/// A day as an operator types it. Years 1971 to 9998, so that every instant made from it, up to two months before or
/// after, has a four-digit year and is after 1970.
struct Day: ExpressibleByArgument {
  private let date: CivilDate

  init(year: Int, month: Int, day: Int) { date = CivilDate(year: year, month: month, day: day) }

  init?(argument: String) {
    let parts = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2] else { return nil }
    date = CivilDate(year: year, month: month, day: day)
    guard argument.utf8.count == 10, 1971...9998 ~= year, date.exists else { return nil }
  }

  var microseconds: Int64 { Int64(date.daysSinceEpoch) * Instant.day }

  var defaultValueDescription: String {
    var bytes: [UInt8] = []
    appendISO(date, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
