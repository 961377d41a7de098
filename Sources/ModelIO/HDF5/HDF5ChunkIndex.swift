/// How a newer file finds the chunks of a dataset (IV.A.2.i, layout versions 4 and 5).
enum HDF5ChunkIndex {
  /// A chunk in the file: where, how many bytes, which filters were left out.
  struct Place {
    let address: Int
    let size: Int
    let mask: UInt32
  }

  typealias Found = (grid: [Int], place: Place)

  case single(Place?)
  /// All chunks one after the other.
  case implicit(Int?)
  case fixedArray(Int?)
  case extensibleArray(Int?)
  case tree(Int?)

  init(_ reader: inout ByteReader, isFiltered: Bool) throws(FormatError) {
    switch try reader.byte() {
    case 1:
      let size = isFiltered ? try reader.count(UInt64.self) : nil
      let mask: UInt32 = isFiltered ? try reader.integer() : 0
      let address = try HDF5File.optionalAddress(&reader)
      self = .single(address.map { Place(address: $0, size: size ?? -1, mask: mask) })
    case 2: self = .implicit(try HDF5File.optionalAddress(&reader))
    case 3:
      try reader.skip(1)
      self = .fixedArray(try HDF5File.optionalAddress(&reader))
    case 4:
      try reader.skip(5)
      self = .extensibleArray(try HDF5File.optionalAddress(&reader))
    case 5:
      try reader.skip(6)
      self = .tree(try HDF5File.optionalAddress(&reader))
    case let kind:
      throw reader.failure(
        .unsupported("HDF5 chunk index of kind \(kind) (rewrite the file with `h5repack --high=v18 IN OUT`)"))
    }
  }

  /// The chunks that were written, by their place in the grid of chunks.
  func chunks(
    of layout: HDF5DatasetLayout, chunk: [Int], bytes: Int, in file: inout HDF5File
  ) throws(FormatError) -> [Found] {
    switch self {
    case .single(let place):
      guard let place else { return [] }
      let size = place.size < 0 ? bytes : place.size
      return [(chunk.map { _ in 0 }, Place(address: place.address, size: size, mask: place.mask))]
    case .implicit(let start):
      guard let start else { return [] }
      let grid = try HDF5ChunkGrid(layout, chunk, growing: nil, in: &file)
      return try grid.chunks { number throws(FormatError) in
        let (offset, overflow) = number.multipliedReportingOverflow(by: bytes)
        guard !overflow, offset < Int.max / 2 else {
          throw FormatError(.invalid("chunk \(number) of \(bytes) bytes"), offset: start)
        }
        return Place(address: start.addingReportingOverflow(offset).partialValue, size: bytes, mask: 0)
      }
    case .fixedArray(let header):
      guard let header, let array = try HDF5FixedArray(at: header, chunkBytes: bytes, in: file) else {
        return []
      }
      let grid = try HDF5ChunkGrid(layout, chunk, growing: nil, in: &file)
      return try grid.chunks { [file] number throws(FormatError) in try array.place(number, in: file) }
    case .extensibleArray(let header):
      guard let header, let array = try HDF5ExtensibleArray(at: header, chunkBytes: bytes, in: file) else {
        return []
      }
      let growing = layout.most.firstIndex { $0 == nil }
      let grid = try HDF5ChunkGrid(layout, chunk, growing: growing, in: &file)
      return try grid.chunks { [file] number throws(FormatError) in try array.place(number, in: file) }
    case .tree(let root):
      guard let root else { return [] }
      return try Self.records(at: root, rank: chunk.count, chunkBytes: bytes, in: &file)
    }
  }

  /// Records of types 10 and 11 of a version 2 B-tree: an address, with filters a size and a mask, and the grid's place.
  private static func records(
    at root: Int, rank: Int, chunkBytes: Int, in file: inout HDF5File
  ) throws(FormatError) -> [Found] {
    var found: [Found] = []
    for record in try file.treeRecords(at: root) {
      var reader = ByteReader(record.bytes)
      let place = try place(
        &reader, width: record.type == 11 ? record.bytes.count - 12 - 8 * rank : 0, chunkBytes: chunkBytes)
      var grid: [Int] = []
      for _ in 0..<rank { grid.append(try reader.count(UInt64.self)) }
      if let place { found.append((grid, place)) }
    }
    return found
  }

  /// One entry: an address, and where chunks are filtered a size of `width` bytes and a mask.
  static func place(
    _ reader: inout ByteReader, width: Int, chunkBytes: Int
  ) throws(FormatError) -> Place? {
    let address = try HDF5File.optionalAddress(&reader)
    guard width > 0 else { return address.map { Place(address: $0, size: chunkBytes, mask: 0) } }
    let size = try HDF5File.narrowCount(width: min(width, 8), &reader)
    let mask: UInt32 = try reader.integer()
    return address.map { Place(address: $0, size: size, mask: mask) }
  }
}

/// The chunks of a dataset, numbered as arrays of chunks number them.
struct HDF5ChunkGrid {
  /// Chunks along each axis that the dataset has now.
  private let counts: [Int]
  /// By how much the number grows from one chunk to the next along each axis.
  private let steps: [Int]

  /// Numbers run over the extents that the dataset may reach, the `growing` axis outermost.
  init(
    _ layout: HDF5DatasetLayout, _ chunk: [Int], growing: Int?, in file: inout HDF5File
  ) throws(FormatError) {
    func chunks(_ extent: Int, _ axis: Int) -> Int {
      extent / chunk[axis] + (extent % chunk[axis] == 0 ? 0 : 1)
    }
    counts = layout.shape.enumerated().map { chunks($1, $0) }
    var order = Array(layout.shape.indices)
    if let growing { order.insert(order.remove(at: growing), at: 0) }
    var steps = [Int](repeating: 0, count: order.count), step = 1
    var overflows = false
    for (place, axis) in order.enumerated().reversed() {
      steps[axis] = step
      // The outermost count multiplies nothing.
      guard place > 0 else { break }
      let product = step.multipliedReportingOverflow(
        by: chunks(layout.most[axis] ?? layout.shape[axis], axis))
      overflows = overflows || product.overflow
      step = product.partialValue
    }
    self.steps = steps
    guard !overflows, let count = RawTensor.elementCount(of: counts), count < Int.max / 64 else {
      throw FormatError(.invalid("more chunks than can be numbered"), offset: file.bytes.origin)
    }
    try file.charge(count * 64, "the chunks", at: file.bytes.origin)
  }

  /// The chunks that `place` knows.
  func chunks(
    _ place: (Int) throws(FormatError) -> HDF5ChunkIndex.Place?
  ) throws(FormatError) -> [HDF5ChunkIndex.Found] {
    var found: [HDF5ChunkIndex.Found] = []
    guard !counts.contains(0) else { return [] }
    var grid = [Int](repeating: 0, count: counts.count)
    repeat {
      let number = zip(grid, steps).reduce(0) { $0 &+ $1.0 &* $1.1 }
      if let place = try place(number) { found.append((grid, place)) }
    } while HDF5File.advance(&grid, within: counts)
    return found
  }
}
