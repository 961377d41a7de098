internal import CZlib

/// Unpacking of deflated bytes and the checksum of zip archives, both by zlib.
enum Deflate {
  /// How zlib finds the bytes wrapped.
  enum Wrapping: Int32 {
    case none = -15
    case zlib = 15
    case gzip = 31
  }

  /// Unpacks `packed` into exactly `size` bytes; the caller has checked that `size` is affordable.
  static func unpack(
    _ packed: ByteSlice, to size: Int, wrapping: Wrapping = .none
  ) throws(FormatError) -> ByteSlice {
    // Deflate cannot do better than 1032 to 1, so a greater promise is a lie; nothing is allocated for it.
    guard size / 1040 <= packed.count else {
      throw FormatError(
        .invalid("\(packed.count) packed bytes cannot hold \(size)"), offset: packed.origin)
    }
    let block = Allocation(byteCount: size)
    let written = try packed.withUnsafeBytes { source throws(FormatError) -> Int in
      try unpack(source, into: block.memory, wrapping: wrapping, origin: packed.origin)
    }
    guard written == size else {
      throw FormatError(
        .invalid("the packed bytes hold \(written) bytes, not \(size)"), offset: packed.origin)
    }
    return ByteSlice(block)
  }

  static func checksum(_ bytes: ByteSlice) -> UInt32 {
    bytes.withUnsafeBytes { memory in
      UInt32(crc32_z(0, memory.bindMemory(to: UInt8.self).baseAddress, memory.count))
    }
  }

  private static func unpack(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, wrapping: Wrapping,
    origin: Int
  ) throws(FormatError) -> Int {
    var stream = z_stream()
    let version = ZLIB_VERSION
    guard inflateInit2_(&stream, wrapping.rawValue, version, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else {
      throw FormatError(.unsupported("this version of zlib"), offset: origin)
    }
    defer { inflateEnd(&stream) }
    let chunk = 1 << 30
    let input = source.bindMemory(to: UInt8.self)
    let output = target.bindMemory(to: UInt8.self)
    var (consumed, produced) = (0, 0)
    while true {
      let inputSize = min(input.count - consumed, chunk)
      let outputSize = min(output.count - produced, chunk)
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + consumed })
      stream.avail_in = UInt32(inputSize)
      stream.next_out = output.baseAddress.map { $0 + produced }
      stream.avail_out = UInt32(outputSize)
      let status = inflate(&stream, Z_NO_FLUSH)
      let (read, wrote) = (inputSize - Int(stream.avail_in), outputSize - Int(stream.avail_out))
      consumed += read
      produced += wrote
      if status == Z_STREAM_END { return produced }
      guard status == Z_OK, read + wrote > 0 else {
        throw FormatError(
          .invalid(
            produced == output.count
              ? "the packed bytes hold more than the \(output.count) bytes promised"
              : "damaged packed bytes"), offset: origin + consumed)
      }
    }
  }
}
