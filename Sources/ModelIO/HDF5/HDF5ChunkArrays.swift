/// An array of chunks' places whose length is known (VII.C).
struct HDF5FixedArray {
  private let entryWidth: Int
  private let sizeWidth: Int
  private let chunkBytes: Int
  private let count: Int
  private let entriesPerPage: Int
  private let block: Int

  /// Nil where no chunk was written yet.
  init?(at address: Int, chunkBytes: Int, in file: HDF5File) throws(FormatError) {
    var reader = try file.reader(at: address)
    try HDF5File.expect("FAHD", &reader)
    try reader.skip(1)
    let isFiltered = try reader.byte() == 1
    entryWidth = Int(try reader.byte())
    let pageBits = try reader.byte()
    count = try reader.count(UInt64.self)
    guard entryWidth > (isFiltered ? 12 : 7), pageBits < 32, count < Int.max / 512 else {
      throw reader.failure(.invalid("the measures of an HDF5 array"))
    }
    entriesPerPage = 1 << Int(pageBits)
    sizeWidth = isFiltered ? entryWidth - 12 : 0
    self.chunkBytes = chunkBytes
    guard let block = try HDF5File.optionalAddress(&reader) else { return nil }
    self.block = block
  }

  /// Where chunk `number` is; nil where it was not written.
  func place(_ number: Int, in file: HDF5File) throws(FormatError) -> HDF5ChunkIndex.Place? {
    guard number < count else { return nil }
    var reader = try file.reader(at: block)
    try HDF5File.expect("FADB", &reader)
    try reader.skip(2 + 8)
    if count > entriesPerPage {
      let pages = (count + entriesPerPage - 1) / entriesPerPage
      let bitmap = try reader.take((pages + 7) / 8)
      let page = number / entriesPerPage
      guard bitmap.bit(page) else { return nil }
      try reader.skip(4 + page * (entriesPerPage * entryWidth + 4))
    }
    try reader.skip(number % entriesPerPage * entryWidth)
    return try HDF5ChunkIndex.place(&reader, width: sizeWidth, chunkBytes: chunkBytes)
  }
}

/// An array of chunks' places that grows (VII.D): a block of the first entries, then blocks of more and more.
struct HDF5ExtensibleArray {
  private let entryWidth: Int
  private let sizeWidth: Int
  private let chunkBytes: Int
  private let offsetWidth: Int
  /// Entries in the index block itself.
  private let first: Int
  /// Entries of the smallest data block.
  private let least: Int
  /// Data blocks of the smallest secondary block.
  private let leastBlocks: Int
  private let entriesPerPage: Int
  private let index: Int

  /// Nil where no chunk was written yet.
  init?(at address: Int, chunkBytes: Int, in file: HDF5File) throws(FormatError) {
    var reader = try file.reader(at: address)
    try HDF5File.expect("EAHD", &reader)
    try reader.skip(1)
    let isFiltered = try reader.byte() == 1
    entryWidth = Int(try reader.byte())
    let bits = Int(try reader.byte())
    first = Int(try reader.byte())
    least = Int(try reader.byte())
    leastBlocks = Int(try reader.byte())
    let pageBits = Int(try reader.byte())
    try reader.skip(6 * 8)
    guard entryWidth > (isFiltered ? 12 : 7), bits <= 56, pageBits < 32, least.isPowerOfTwo,
      leastBlocks.isPowerOfTwo
    else { throw reader.failure(.invalid("the measures of an HDF5 array")) }
    offsetWidth = (bits + 7) / 8
    entriesPerPage = 1 << pageBits
    sizeWidth = isFiltered ? entryWidth - 12 : 0
    self.chunkBytes = chunkBytes
    guard let index = try HDF5File.optionalAddress(&reader) else { return nil }
    self.index = index
  }

  /// Where chunk `number` is; nil where it was not written.
  func place(_ number: Int, in file: HDF5File) throws(FormatError) -> HDF5ChunkIndex.Place? {
    var reader = try file.reader(at: index)
    try HDF5File.expect("EAIB", &reader)
    try reader.skip(2 + 8)
    if number < first {
      try reader.skip(number * entryWidth)
      return try HDF5ChunkIndex.place(&reader, width: sizeWidth, chunkBytes: chunkBytes)
    }
    try reader.skip(first * entryWidth)
    // Secondary block s stands for 2^s times the least entries, in 2^(s/2) data blocks.
    let rest = number - first
    let secondary = (rest / least + 1).binaryLogarithm
    let inside = rest - ((1 << secondary) - 1) * least
    let entries = (1 << ((secondary + 1) / 2)) * least
    let block = inside / entries
    // The data blocks of the first secondary blocks hang on the index block.
    let direct = 2 * leastBlocks.binaryLogarithm
    guard secondary >= direct else {
      let before = (0..<secondary).reduce(0) { $0 + 1 << ($1 / 2) }
      try reader.skip((before + block) * 8)
      guard let address = try HDF5File.optionalAddress(&reader) else { return nil }
      return try entry(inside % entries, ofBlockAt: address, in: file)
    }
    try reader.skip((2 * (leastBlocks - 1) + secondary - direct) * 8)
    guard let address = try HDF5File.optionalAddress(&reader) else { return nil }
    return try entry(inside % entries, of: block, secondary, entries, at: address, in: file)
  }

  /// An entry of a data block that a secondary block knows.
  private func entry(
    _ entry: Int, of block: Int, _ secondary: Int, _ entries: Int, at address: Int, in file: HDF5File
  ) throws(FormatError) -> HDF5ChunkIndex.Place? {
    var reader = try file.reader(at: address)
    try HDF5File.expect("EASB", &reader)
    try reader.skip(2 + 8 + offsetWidth)
    let pages = entries > entriesPerPage ? entries / entriesPerPage : 0
    let bitmap = try reader.take((1 << (secondary / 2)) * ((pages + 7) / 8))
    try reader.skip(block * 8)
    guard let data = try HDF5File.optionalAddress(&reader) else { return nil }
    guard pages > 0 else { return try self.entry(entry, ofBlockAt: data, in: file) }
    let page = entry / entriesPerPage
    guard bitmap.bit(block * pages + page) else { return nil }
    var cursor = try file.reader(at: data)
    try HDF5File.expect("EADB", &cursor)
    try cursor.skip(2 + 8 + offsetWidth + 4 + page * (entriesPerPage * entryWidth + 4))
    try cursor.skip(entry % entriesPerPage * entryWidth)
    return try HDF5ChunkIndex.place(&cursor, width: sizeWidth, chunkBytes: chunkBytes)
  }

  private func entry(
    _ entry: Int, ofBlockAt address: Int, in file: HDF5File
  ) throws(FormatError) -> HDF5ChunkIndex.Place? {
    var reader = try file.reader(at: address)
    try HDF5File.expect("EADB", &reader)
    try reader.skip(2 + 8 + offsetWidth + entry * entryWidth)
    return try HDF5ChunkIndex.place(&reader, width: sizeWidth, chunkBytes: chunkBytes)
  }
}

extension ByteSlice {
  /// A bit of a bitmap whose first one is the highest of the first byte; a bit behind the end is not set.
  fileprivate func bit(_ index: Int) -> Bool {
    index / 8 < count && self[index / 8] & (0x80 >> UInt8(index % 8)) != 0
  }
}

extension Int {
  fileprivate var isPowerOfTwo: Bool { self > 0 && self & (self - 1) == 0 }
  fileprivate var binaryLogarithm: Int { Int.bitWidth - 1 - Swift.max(self, 1).leadingZeroBitCount }
}
