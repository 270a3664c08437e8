import Rebuilding
import Running

/// What reading a log told of it.
package struct LogCensus: Sendable {
  package var accounting: Accounting
  package var days: DayCounts?
}
