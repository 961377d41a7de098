/// One step by which chunks were packed (IV.A.2.l).
enum HDF5Filter {
  case deflate
  case shuffle(elementSize: Int)
  /// A checksum of four bytes at the end.
  case fletcher32

  /// The steps in the order in which they were applied.
  static func pipeline(_ bytes: ByteSlice) throws(FormatError) -> [HDF5Filter] {
    var reader = ByteReader(bytes)
    let version = try reader.byte()
    let count = Int(try reader.byte())
    if version == 1 { try reader.skip(6) }
    var filters: [HDF5Filter] = []
    for _ in 0..<count {
      let identifier = try reader.integer(UInt16.self)
      let hasName = version == 1 || identifier >= 256
      let nameLength = hasName ? Int(try reader.integer(UInt16.self)) : 0
      try reader.skip(2)
      let values = Int(try reader.integer(UInt16.self))
      try reader.skip(version == 1 ? (nameLength + 7) & ~7 : nameLength)
      var parameters = ByteReader(try reader.take(values * 4))
      if version == 1, !values.isMultiple(of: 2) { try reader.skip(4) }
      switch identifier {
      case 1: filters.append(.deflate)
      case 2: filters.append(.shuffle(elementSize: values > 0 ? Int(try parameters.integer(UInt32.self)) : 1))
      case 3: filters.append(.fletcher32)
      default: throw reader.failure(.unsupported(refusal(of: identifier)))
      }
    }
    return filters
  }

  /// Why a filter is not undone, and how the file is written without it.
  private static func refusal(of identifier: UInt16) -> String {
    let names: [UInt16: String] = [
      4: "szip", 5: "nbit", 6: "scale-offset", 32000: "lzf", 32001: "blosc", 32004: "lz4",
      32008: "bitshuffle",
      32015: "zstandard",
    ]
    let name = names[identifier].map { "'\($0)'" } ?? "\(identifier)"
    return "HDF5 filter \(name) (rewrite the file with `h5repack -f SHUF -f GZIP=6 IN OUT`)"
  }

  /// How many bytes this step adds to every chunk.
  var addedBytes: Int { if case .fletcher32 = self { 4 } else { 0 } }

  /// The bytes before this step, `size` of them where it packs.
  func undo(_ data: ByteSlice, size: Int, budget: inout MemoryBudget) throws(FormatError) -> ByteSlice {
    switch self {
    case .deflate:
      try budget.charge(size, for: "an unpacked chunk", offset: data.origin)
      return try Deflate.unpack(data, to: size, wrapping: .zlib).at(origin: data.origin)
    case .shuffle(let elementSize):
      guard elementSize > 1, data.count >= elementSize else { return data }
      try budget.charge(data.count, for: "an unpacked chunk", offset: data.origin)
      return try Self.unshuffled(data, elementSize: elementSize)
    case .fletcher32:
      guard data.count >= 4, let body = data.slice(0..<data.count - 4), let end = data.dropFirst(body.count)
      else {
        throw FormatError(.truncated(wanted: 4, left: data.count), offset: data.origin)
      }
      var reader = ByteReader(end)
      guard try reader.integer(UInt32.self) == Self.checksum(body) else {
        throw FormatError(.invalid("the checksum does not match: the file is damaged"), offset: data.origin)
      }
      return body
    }
  }

  /// Shuffling keeps the first bytes of all elements together, then the second ones, and so on.
  private static func unshuffled(_ data: ByteSlice, elementSize: Int) throws(FormatError) -> ByteSlice {
    let count = data.count / elementSize
    let block = Allocation(byteCount: data.count)
    let isWhole = data.withUnsafeBytes { source in
      for index in count * elementSize..<data.count { block.memory[index] = source[index] }
      return data.waiter.forEachPiece(of: count) { piece in
        for byte in 0..<elementSize {
          for element in piece {
            block.memory[element * elementSize + byte] = source[byte * count + element]
          }
        }
      }
    }
    guard isWhole else { throw FormatError(.interrupted) }
    return ByteSlice(block).at(origin: data.origin).awaited(by: data.waiter)
  }

  /// Fletcher's checksum over 16-bit big-endian words, an odd last byte counting as the upper half.
  private static func checksum(_ data: ByteSlice) throws(FormatError) -> UInt32 {
    var (low, high): (UInt32, UInt32) = (0, 0)
    let isWhole = data.withUnsafeBytes { bytes in
      data.waiter.forEachPiece(of: (bytes.count + 1) / 2) { piece in
        for start in stride(from: 2 * piece.lowerBound, to: 2 * piece.upperBound, by: 2) {
          let second = start + 1 < bytes.count ? UInt32(bytes[start + 1]) : 0
          low = (low + (UInt32(bytes[start]) << 8 | second)) % 65535
          high = (high + low) % 65535
        }
      }
    }
    guard isWhole else { throw FormatError(.interrupted) }
    return high << 16 | low
  }
}
