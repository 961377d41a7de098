internal import CZlib

/// Unpacking of deflated bytes and the checksum of zip archives, both by zlib.
enum Deflate {
  /// Unpacks `packed` into exactly `size` bytes; the caller has checked that `size` is affordable.
  static func unpack(
    _ packed: ByteSlice, to size: Int, wrapping: InflateStream.Wrapping = .none
  ) throws(FormatError) -> ByteSlice {
    // Deflate cannot do better than 1032 to 1, so a greater promise is a lie; nothing is allocated for it.
    guard size / 1040 <= packed.count else {
      throw FormatError(
        .invalid("\(packed.count) packed bytes cannot hold \(size)"), offset: packed.origin)
    }
    let block = Allocation(byteCount: size)
    let written = try packed.withUnsafeBytes { source throws(FormatError) -> Int in
      try unpack(
        source, into: block.memory, wrapping: wrapping, origin: packed.origin, for: packed.waiter)
    }
    guard written == size else {
      throw FormatError(
        .invalid("the packed bytes hold \(written) bytes, not \(size)"), offset: packed.origin)
    }
    return ByteSlice(block).awaited(by: packed.waiter)
  }

  static func checksum(_ bytes: ByteSlice) throws(FormatError) -> UInt32 {
    var sum: UInt = 0
    let isWhole = bytes.withUnsafeBytes { memory in
      bytes.waiter.forEachPiece(of: memory.count) { piece in
        let part = UnsafeRawBufferPointer(rebasing: memory[piece])
        sum = crc32_z(sum, part.bindMemory(to: UInt8.self).baseAddress, part.count)
      }
    }
    guard isWhole else { throw FormatError(.interrupted) }
    return UInt32(sum)
  }

  private static func unpack(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
    wrapping: InflateStream.Wrapping, origin: Int, for waiter: Waiter?
  ) throws(FormatError) -> Int {
    let stream = try InflateStream(wrapping)
    var (consumed, produced) = (0, 0)
    while true {
      try waiter?.check()
      let room = target[produced..<min(target.count, produced + Waiter.piece)]
      let step = try stream.step(
        UnsafeRawBufferPointer(rebasing: source[consumed...]),
        into: UnsafeMutableRawBufferPointer(rebasing: room), offset: origin + consumed)
      consumed += step.consumed
      produced += step.produced
      if step.isAtEnd { return produced }
    }
  }
}
