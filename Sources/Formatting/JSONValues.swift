import EventModel
import JSONTape

package func number(_ value: Int) -> JSONTree { .integer(Int64(value)) }
package func instant(_ value: Instant) -> JSONTree { .string(value.description) }
package func strings(_ values: [String]) -> JSONTree { .array(values.map(JSONTree.string)) }
/// JSON has no NaN and no infinities, so they become strings.
package func real(_ value: Double) -> JSONTree { value.isFinite ? .double(value) : .string(value.description) }
