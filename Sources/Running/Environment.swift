import Platform

/// The environment variables of this process.
package enum Environment {
  /// The variables as `NAME=value`, with some set anew.
  package static func inherited(adding variables: [String]) -> [String] {
    let names = Set(variables.map { $0.prefix { $0 != "=" } })
    var inherited: [String] = []
    var place = environmentVariables
    while let variable = place.pointee {
      let text = String(cString: variable)
      if !names.contains(text.prefix { $0 != "=" }) { inherited.append(text) }
      place += 1
    }
    return inherited + variables
  }
}
