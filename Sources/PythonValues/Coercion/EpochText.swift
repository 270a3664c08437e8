import Folding

/// Whether a string is a number of epoch seconds (the contract calls this parse(v)).
public enum EpochText: Equatable, Sendable {
  /// Without its first `.` it is not all `str.isdigit`: to be read as a date.
  case notDigits
  /// It is, but `float()` refuses it: digits such as `²` or `①`, which are not decimal. A failure.
  case invalidDigits
  /// `float()` of the string, infinite when beyond the range; the unit is not decided here.
  case seconds(Double)

  /// Classifies a string that is already stripped. O(n).
  ///
  /// Without a sign, exponent, underscore or second point: `-1`, `1e9` and `1.2.3` are not digits.
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
