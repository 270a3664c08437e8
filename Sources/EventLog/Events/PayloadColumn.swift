import EventModel

/// The two JSON columns of an event.
enum PayloadColumn {
  case data, metadata

  var name: String { self == .data ? "data" : "metadata" }
  var null: RecordTraits { self == .data ? .dataNull : .metadataNull }
  var text: RecordTraits { self == .data ? .dataText : .metadataText }
  var set: PayloadColumns { self == .data ? .data : .metadata }
  var falsy: EventFlags { self == .data ? .dataFalsy : .metadataFalsy }
  var notObject: EventFlags { self == .data ? .dataNotObject : .metadataNotObject }
  var numberTooLong: EventFlags { self == .data ? .dataNumberTooLong : .metadataNumberTooLong }
}
