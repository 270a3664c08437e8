import Folding

/// Whether a string is a number of epoch seconds (a part of the contract's parse(v)).
public enum EpochText: Equatable, Sendable {
  /// The string without its first `.` is not all digits by `str.isdigit`. It is to be read as a date.
  case notDigits
  /// The string is all digits, but `float()` rejects it, because digits such as `²` or `①` are not decimal. A failure.
  case invalidDigits
  /// `float()` of the string; infinite if it is beyond the range. The unit is not decided here.
  case seconds(Double)

  /// Classifies a string that is already stripped. O(n).
  ///
  /// A sign, an exponent, an underscore or a second point is not a digit: `-1`, `1e9` and `1.2.3` are ``notDigits``.
  public static func classify(_ stripped: UnsafeRawBufferPointer) -> EpochText {
    var index = 0
    var digits = 0
    var point = false
    while index < stripped.count {
      if stripped[index] == ASCII.point && !point {
        point = true
        index += 1
        continue
      }
      let length = PythonText.digitLength(stripped, at: index)
      if length == 0 { return .notDigits }
      index += length
      digits += 1
    }
    if digits == 0 { return .notDigits }
    return PythonFloat.parse(stripped).map(EpochText.seconds) ?? .invalidDigits
  }
}
