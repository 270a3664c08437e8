import Fitness
import Folding
import Rebuilding
import Testing

@Suite("the profile's digest")
struct ProfileDigestTests {
  @Test("default time zones are not part of the digest, all others are")
  func timeZones() {
    let builtIn = Profile().digest
    #expect(builtIn == "dc7a808c73ca7dbed845d8193db4323a73c9e644489d95cdc9722a68e15f6800")
    var names = Profile()
    #expect(names.timeZones.restrict(to: ["UTC", "Europe/Berlin"]) == [])
    var sameNames = Profile()
    #expect(sameNames.timeZones.restrict(to: ["Europe/Berlin", "UTC", "UTC"]) == [])
    var none = Profile()
    #expect(none.timeZones.restrict(to: []) == [])
    var directories = Profile()
    directories.timeZones.directoryNames = .invalid
    var both = names
    both.timeZones.directoryNames = .invalid
    #expect(Set([builtIn, names.digest, none.digest, directories.digest, both.digest]).count == 5)
    #expect(sameNames.digest == names.digest)
    #expect(names.timeZones.restrict(to: nil) == [])
    #expect(names.digest == builtIn)
  }
}
