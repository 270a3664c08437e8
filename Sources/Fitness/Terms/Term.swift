import EventModel
import Folding
import JSONTape
import PythonValues

/// A text as the reducers compare it, and what it says of a row that names it: a handle of eight bytes.
///
/// Valid as long as the row's texts are.
struct Term: BitwiseCopyable {
  /// What a text comes to.
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

  /// Terms of one number have one text, in all rows of all users of a thread; 0 is the empty text.
  ///
  /// One text may have several: each spelling its own, and each look-up of a term that is not remembered.
  @inline(__always)
  var number: UInt64 { content?.pointee.number ?? 0 }

  @inline(__always)
  var meaning: TermMeaning { content?.pointee.meaning ?? TermMeaning() }
}

/// What a normalised text says by the contract's page on training signals, section 6.
struct TermMeaning: BitwiseCopyable {
  /// As the type of a block.
  var blockType: Modality?
  /// As the name of an exercise.
  var override: Modality?
  /// What it holds.
  var hints: Hints = []

  init() {}

  init(of text: UnsafeRawBufferPointer) {
    blockType = Modality(blockType: text)
    override = Modality(override: text)
    hints = Hints(in: text)
  }
}

/// Which hints a term contains.
struct Hints: OptionSet, BitwiseCopyable {
  let rawValue: UInt8
  static let sprint = Hints(rawValue: 1)
  static let plyometric = Hints(rawValue: 2)
  /// `jump`, which is a plyometric hint too.
  static let jump = Hints(rawValue: 4)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// One pass: each first letter of a hint is followed up where it is.
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
  /// Whether the literal's bytes stand at the start of these.
  @inline(__always)
  fileprivate func starts(_ literal: StaticString) -> Bool {
    count >= literal.utf8CodeUnitCount
      && UnsafeRawBufferPointer(rebasing: self[0..<literal.utf8CodeUnitCount]).equals(literal)
  }
}
