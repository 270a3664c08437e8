import EventModel
import Folding
import JSONTape
import Running

extension Catalogue {
  /// The built-in profile, with what a file overrides of it.
  package func loadProfile(_ path: String?) throws(RefoldError) -> any DomainProfile {
    var profile = profile
    guard let path else { return profile }
    let json: JSONTree
    do throws(JSONFault) { json = try readHandwritten(path) } catch {
      throw .profile(file: path, reason: error.reason)
    }
    do throws(ProfileFault) { try profile.override(by: json) } catch {
      throw .profile(file: path, reason: error.reason)
    }
    return profile
  }
}
