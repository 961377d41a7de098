/// A fractal heap (III.G): where groups with many members keep links, and objects many attributes.
struct HDF5FractalHeap {
  private let offsetWidth: Int
  private let lengthWidth: Int
  private let hasChecksums: Bool
  private let width: Int
  private let startSize: Int
  private let largestDirect: Int
  private let root: Int
  private let rootRows: Int

  init(at address: Int, in file: HDF5File) throws(FormatError) {
    var reader = try file.reader(at: address)
    try HDF5File.expect("FRHP", &reader)
    try reader.skip(1)
    try reader.skip(2)
    guard try reader.integer(UInt16.self) == 0 else {
      throw reader.failure(.unsupported("filtered HDF5 heaps"))
    }
    hasChecksums = try reader.byte() & 2 != 0
    let largestObject = Int(try reader.integer(UInt32.self))
    try reader.skip(12 * 8)
    width = Int(try reader.integer(UInt16.self))
    startSize = try reader.count(UInt64.self)
    largestDirect = try reader.count(UInt64.self)
    let bits = Int(try reader.integer(UInt16.self))
    try reader.skip(2)
    root = try HDF5File.address(&reader)
    rootRows = Int(try reader.integer(UInt16.self))
    guard width > 0, startSize > 0, largestDirect >= startSize, bits > 0, bits <= 62, rootRows <= 64 else {
      throw reader.failure(.invalid("the measures of an HDF5 heap"))
    }
    offsetWidth = (bits + 7) / 8
    let longest = min(largestDirect, max(largestObject, 1))
    lengthWidth = (Int.bitWidth - longest.leadingZeroBitCount + 7) / 8
  }

  /// The object that `identifier` names; only objects inside the heap's blocks are supported.
  func object(_ identifier: ByteSlice, in file: HDF5File) throws(FormatError) -> ByteSlice {
    var reader = ByteReader(identifier)
    guard try reader.byte() >> 4 & 3 == 0 else {
      throw reader.failure(.unsupported("HDF5 heap objects outside the heap"))
    }
    let offset = try HDF5File.narrowCount(width: offsetWidth, &reader)
    let length = try HDF5File.narrowCount(width: lengthWidth, &reader)
    let block =
      try rootRows == 0 ? (root, 0) : find(offset, at: root, rows: rootRows, base: 0, depth: 0, in: file)
    guard offset >= block.1 else { throw reader.failure(.invalid("an HDF5 heap offset before its block")) }
    var cursor = try file.reader(at: block.0)
    try HDF5File.expect("FHDB", &cursor)
    try cursor.seek(to: block.0)
    try cursor.skip(offset - block.1)
    return try cursor.take(length)
  }

  /// The direct block that holds heap offset `offset`, and where in the heap it begins.
  private func find(
    _ offset: Int, at address: Int, rows: Int, base: Int, depth: Int, in file: HDF5File
  ) throws(FormatError) -> (Int, Int) {
    var reader = try file.reader(at: address)
    try HDF5File.expect("FHIB", &reader)
    guard depth < 8 else { throw reader.failure(.invalid("HDF5 heap blocks that do not end")) }
    try reader.skip(1 + 8 + offsetWidth)
    var start = base
    for row in 0..<rows {
      let (size, overflow) = startSize.multipliedReportingOverflow(by: 1 << max(0, row - 1))
      guard !overflow, size < Int.max >> 16 else { break }
      for _ in 0..<width {
        let child = try HDF5File.optionalAddress(&reader)
        if offset >= start, offset < start + size {
          guard let child else { break }
          if size <= largestDirect { return (child, start) }
          let childRows = Self.log2(size) - Self.log2(startSize * width) + 1
          return try find(offset, at: child, rows: max(0, childRows), base: start, depth: depth + 1, in: file)
        }
        start += size
      }
    }
    throw reader.failure(.invalid("an HDF5 heap offset that no block holds"))
  }

  private static func log2(_ value: Int) -> Int { Int.bitWidth - 1 - max(value, 1).leadingZeroBitCount }
}
