// The system's C library. No other module imports it, and none imports Foundation (`ImportsTests`).
#if canImport(Glibc)
  @_exported import Glibc
#elseif canImport(Musl)
  @_exported import Musl
#elseif canImport(Darwin)
  @_exported import Darwin
#else
  #error("refold has no C library here")
#endif
