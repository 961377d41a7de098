extension HDF5File {
  /// The chunks of a dataset while they are put together.
  private struct Assembly {
    let layout: HDF5DatasetLayout
    /// Sizes of one chunk.
    let chunk: [Int]
    let chunkBytes: Int
    let target: Allocation
  }

  /// Chunks found by a version 1 B-tree, as all files do that old readers can read.
  mutating func chunksByTree(
    _ reader: inout ByteReader, _ layout: HDF5DatasetLayout
  ) throws(FormatError) -> ByteSlice {
    let rank = Int(try reader.byte()) - 1
    let tree = try Self.optionalAddress(&reader)
    var chunk: [Int] = []
    for _ in 0..<max(rank, 0) { chunk.append(Int(try reader.integer(UInt32.self))) }
    guard rank == layout.shape.count, Int(try reader.integer(UInt32.self)) == layout.elementSize else {
      throw reader.failure(.invalid("chunks that do not fit the dataset"))
    }
    let assembly = try self.assembly(layout, chunk: chunk, at: reader.offset)
    if let tree { try collect(tree: tree, level: nil, into: assembly) }
    return ByteSlice(assembly.target).awaited(by: bytes.waiter)
  }

  /// Chunks of newer files, which find them in one of five ways (IV.A.2.i, VII).
  mutating func chunksByIndex(
    _ reader: inout ByteReader, _ layout: HDF5DatasetLayout
  ) throws(FormatError) -> ByteSlice {
    let flags = try reader.byte()
    let rank = Int(try reader.byte()) - 1
    let width = Int(try reader.byte())
    var chunk: [Int] = []
    for _ in 0..<max(rank, 0) { chunk.append(try Self.narrowCount(width: width, &reader)) }
    _ = try Self.narrowCount(width: width, &reader)
    guard rank == layout.shape.count else {
      throw reader.failure(.invalid("chunks that do not fit the dataset"))
    }
    let assembly = try self.assembly(layout, chunk: chunk, at: reader.offset)
    let index = try HDF5ChunkIndex(&reader, isFiltered: flags & 2 != 0)
    // Chunks that stick out of the dataset may be kept as they are.
    let leavesEdges = flags & 1 != 0
    for (grid, found) in try index.chunks(of: layout, chunk: chunk, bytes: assembly.chunkBytes, in: &self) {
      let start = zip(grid, chunk).map { $0.multipliedReportingOverflow(by: $1).partialValue }
      let isEdge = zip(start, chunk).enumerated().contains { $1.0 > layout.shape[$0] - $1.1 }
      try put(
        chunkAt: found.address, size: found.size, mask: leavesEdges && isEdge ? .max : found.mask,
        start: start,
        into: assembly)
    }
    return ByteSlice(assembly.target).awaited(by: bytes.waiter)
  }

  private mutating func assembly(
    _ layout: HDF5DatasetLayout, chunk: [Int], at offset: Int
  ) throws(FormatError) -> Assembly {
    guard let elements = RawTensor.elementCount(of: chunk), elements > 0,
      case let (chunkBytes, overflow) = elements.multipliedReportingOverflow(by: layout.elementSize),
      !overflow
    else { throw FormatError(.invalid("chunks of shape \(chunk)"), offset: offset) }
    return Assembly(
      layout: layout, chunk: chunk, chunkBytes: chunkBytes, target: try unwritten(layout, at: offset))
  }

  private mutating func collect(tree address: Int, level: UInt8?, into assembly: Assembly) throws(FormatError)
  {
    try charge(128, "the chunks", at: address)
    var reader = try self.reader(at: address)
    try Self.expect("TREE", &reader)
    guard try reader.byte() == 1 else { throw reader.failure(.invalid("not a tree of chunks")) }
    let own = try reader.byte()
    guard level.map({ own == $0 - 1 }) ?? true else {
      throw reader.failure(.invalid("a tree whose levels do not descend"))
    }
    let count = Int(try reader.integer(UInt16.self))
    try reader.skip(16)
    for _ in 0..<count {
      let size = Int(try reader.integer(UInt32.self))
      let mask = try reader.integer(UInt32.self)
      var start: [Int] = []
      for _ in assembly.chunk { start.append(try reader.count(UInt64.self)) }
      try reader.skip(8)
      let child = try Self.address(&reader)
      if own > 0 {
        try collect(tree: child, level: own, into: assembly)
      } else {
        try put(chunkAt: child, size: size, mask: mask, start: start, into: assembly)
      }
    }
  }

  /// Unpacks one chunk and copies its rows to where they belong; what sticks out of the dataset is dropped.
  private mutating func put(
    chunkAt address: Int, size: Int, mask: UInt32, start: [Int], into assembly: Assembly
  ) throws(FormatError) {
    try bytes.waiter?.check()
    var reader = try self.reader(at: address)
    var data = try reader.take(size)
    let filters = assembly.layout.filters.enumerated().filter { mask >> UInt32($0.offset) & 1 == 0 }
    // A checksum that was taken before another step is part of what that step packed.
    var wanted = filters.reduce(assembly.chunkBytes) { $0 + $1.element.addedBytes }
    for (_, filter) in filters.reversed() {
      wanted -= filter.addedBytes
      data = try filter.undo(data, size: wanted, budget: &budget)
    }
    guard data.count >= assembly.chunkBytes else {
      throw FormatError(
        .truncated(wanted: assembly.chunkBytes, left: data.count), offset: bytes.origin + address)
    }
    let (shape, chunk, unit) = (assembly.layout.shape, assembly.chunk, assembly.layout.elementSize)
    guard zip(start, shape).allSatisfy({ $0 >= 0 && $0 < $1 }) else {
      throw FormatError(
        .invalid("a chunk at \(start) of a dataset of \(shape)"), offset: bytes.origin + address)
    }
    guard let last = shape.indices.last else { return }
    let (steps, chunkSteps) = (RawTensor.rowMajorStrides(of: shape), RawTensor.rowMajorStrides(of: chunk))
    let rowLength = min(chunk[last], shape[last] - start[last]) * unit
    let rows = zip(shape.indices.dropLast(), shape).map { axis, size in min(chunk[axis], size - start[axis]) }
    var position = [Int](repeating: 0, count: rows.count)
    data.withUnsafeBytes { source in
      repeat {
        var (from, to) = (0, start[last])
        for axis in position.indices {
          from += position[axis] * chunkSteps[axis]
          to += (start[axis] + position[axis]) * steps[axis]
        }
        UnsafeMutableRawBufferPointer(rebasing: assembly.target.memory[to * unit..<to * unit + rowLength])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from * unit..<from * unit + rowLength]))
      } while Self.advance(&position, within: rows)
    }
  }

  /// Counts `position` up, last axis fastest; false when it has been everywhere.
  static func advance(_ position: inout [Int], within sizes: [Int]) -> Bool {
    for axis in position.indices.reversed() {
      position[axis] += 1
      if position[axis] < sizes[axis] { return true }
      position[axis] = 0
    }
    return false
  }
}
