import EventModel
import JSONTape

/// Where a reducer writes its data: canonical JSON, and the trouble of a value JSON does not have.
struct RowWriter {
  var json: CanonicalWriter

  init(output: ByteArena) { json = CanonicalWriter(output: output) }

  mutating func strings(_ texts: [String]) {
    json.beginArray()
    for text in texts { json.string(text) }
    json.endArray()
  }

  mutating func literals(_ texts: [StaticString]) {
    json.beginArray()
    for text in texts { json.literal(text) }
    json.endArray()
  }
}
