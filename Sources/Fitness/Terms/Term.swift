import EventModel
import Folding
import JSONTape
import PythonValues

/// A normalised text, as the reducers compare it, and what it says about its row. A handle of eight bytes.
///
/// Valid as long as the texts of the row.
struct Term: BitwiseCopyable {
  struct Content: BitwiseCopyable {
    /// norm() of the value; not empty.
    var text: UnsafeRawBufferPointer
    var number: UInt64
    var meaning: TermMeaning
  }

  /// `nil` for the empty text.
  private let content: UnsafePointer<Content>?

  @inline(__always)
  init(_ content: UnsafePointer<Content>?) { self.content = content }

  /// The empty text.
  static var empty: Term { Term(nil) }

  @inline(__always)
  var isEmpty: Bool { content == nil }

  /// norm() of the value.
  @inline(__always)
  var text: UnsafeRawBufferPointer { content?.pointee.text ?? emptyText }

  /// Terms with equal numbers have equal texts, in all rows of all users of a thread. 0 is the empty text.
  ///
  /// One text can have several numbers: each spelling has its own, and each look-up of a term that is not remembered
  /// gives a new one.
  @inline(__always)
  var number: UInt64 { content?.pointee.number ?? 0 }

  @inline(__always)
  var meaning: TermMeaning { content?.pointee.meaning ?? TermMeaning() }
}

/// The meaning of a normalised text by section 6 of the contract's page on training signals.
struct TermMeaning: BitwiseCopyable {
  /// The modality if the text is a block type.
  var blockType: Modality?
  /// The modality if the text is the name of an exercise.
  var override: Modality?
  /// The hints that the text contains.
  var hints: Hints = []

  init() {}

  init(of text: UnsafeRawBufferPointer) {
    blockType = Modality(blockType: text)
    override = Modality(override: text)
    hints = Hints(in: text)
  }
}

/// The hints that a term contains.
struct Hints: OptionSet, BitwiseCopyable {
  let rawValue: UInt8
  static let sprint = Hints(rawValue: 1)
  static let plyometric = Hints(rawValue: 2)
  /// `jump`, which is also a plyometric hint.
  static let jump = Hints(rawValue: 4)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Finds the hints in one pass: wherever the first letter of a hint occurs, the whole hint is compared.
  init(in term: UnsafeRawBufferPointer) {
    var found: Hints = []
    for (at, byte) in term.enumerated() {
      let rest = UnsafeRawBufferPointer(rebasing: term[at...])
      switch byte {
      case UInt8(ascii: "s") where rest.starts("sprint"): found.insert(.sprint)
      case UInt8(ascii: "m") where rest.starts("maxv"): found.insert(.sprint)
      case UInt8(ascii: "a") where rest.starts("accel"): found.insert(.sprint)
      case UInt8(ascii: "d") where rest.starts("decel"): found.insert(.sprint)
      case UInt8(ascii: "j") where rest.starts("jump"): found.formUnion([.plyometric, .jump])
      case UInt8(ascii: "p") where rest.starts("plyo"): found.insert(.plyometric)
      case UInt8(ascii: "b") where rest.starts("bound"): found.insert(.plyometric)
      case UInt8(ascii: "h") where rest.starts("hop"): found.insert(.plyometric)
      default: continue
      }
    }
    self = found
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes start with the literal.
  @inline(__always)
  fileprivate func starts(_ literal: StaticString) -> Bool {
    count >= literal.utf8CodeUnitCount
      && UnsafeRawBufferPointer(rebasing: self[0..<literal.utf8CodeUnitCount]).equals(literal)
  }
}
