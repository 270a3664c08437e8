import Platform

/// Memory with a path, for readers that open paths.
final class ScratchFile {
  private let descriptor: Int32
  let path: String

  init() {
    descriptor = memoryFile("refold-fuzz", 0)
    path = "/proc/self/fd/\(descriptor)"
  }

  deinit { close(descriptor) }

  func write(_ bytes: [UInt8]) {
    ftruncate(descriptor, off_t(bytes.count))
    pwrite(descriptor, bytes, bytes.count, 0)
  }
}

/// memfd_create(2), which the Glibc module does not export.
@_silgen_name("memfd_create")
private func memoryFile(_ name: UnsafePointer<CChar>, _ flags: UInt32) -> Int32
