extension HDF5File {
  /// A record of a version 2 B-tree, with the tree's type.
  struct TreeRecord {
    let type: UInt8
    let bytes: ByteSlice
  }

  private struct TreeShape {
    let type: UInt8
    let nodeSize: Int
    let recordSize: Int
    /// For each depth: the bytes of a count of records in a child, and of a count in its whole subtree.
    var childWidths: [(records: Int, total: Int)] = []
  }

  /// All records of the version 2 B-tree at `address`, in order (III.A.2).
  mutating func treeRecords(at address: Int) throws(FormatError) -> [TreeRecord] {
    var reader = try self.reader(at: address)
    try Self.expect("BTHD", &reader)
    try reader.skip(1)
    let type = try reader.byte()
    let nodeSize = Int(try reader.integer(UInt32.self))
    let recordSize = Int(try reader.integer(UInt16.self))
    let depth = Int(try reader.integer(UInt16.self))
    try reader.skip(2)
    let root = try Self.optionalAddress(&reader)
    let count = Int(try reader.integer(UInt16.self))
    guard depth < 8, recordSize > 0, nodeSize > 16 else {
      throw reader.failure(
        .invalid("a B-tree of depth \(depth), record size \(recordSize), node size \(nodeSize)"))
    }
    var shape = TreeShape(type: type, nodeSize: nodeSize, recordSize: recordSize)
    var most = (nodeSize - 10) / recordSize
    var total = most
    shape.childWidths.append((Self.width(of: most), 0))
    for level in stride(from: 1, through: depth, by: 1) {
      let pointer = 8 + shape.childWidths[0].records + (level > 1 ? shape.childWidths[level - 1].total : 0)
      let fit = (nodeSize - 10 - pointer) / (recordSize + pointer)
      guard fit > 0 else { throw reader.failure(.invalid("a B-tree node that holds nothing")) }
      let (product, overflow) = (fit + 1).multipliedReportingOverflow(by: total)
      guard !overflow, product < Int.max / 2 else {
        throw reader.failure(.invalid("a B-tree beyond 2^62 records"))
      }
      most = fit
      total = product + fit
      shape.childWidths.append((shape.childWidths[0].records, Self.width(of: total)))
    }
    var records: [TreeRecord] = []
    if let root { try collect(node: root, depth: depth, count: count, shape: shape, into: &records) }
    return records
  }

  private mutating func collect(
    node address: Int, depth: Int, count: Int, shape: TreeShape, into records: inout [TreeRecord]
  ) throws(FormatError) {
    var reader = try self.reader(at: address)
    try charge(64 + count * 64, "a B-tree", at: address)
    try Self.expect(depth == 0 ? "BTLF" : "BTIN", &reader)
    try reader.skip(2)
    var own: [TreeRecord] = []
    for _ in 0..<count {
      own.append(TreeRecord(type: shape.type, bytes: try reader.take(shape.recordSize)))
    }
    guard depth > 0 else {
      records += own
      return
    }
    for index in 0...count {
      let child = try Self.address(&reader)
      let childCount = try Self.narrowCount(width: shape.childWidths[0].records, &reader)
      if depth > 1 { try reader.skip(shape.childWidths[depth - 1].total) }
      try collect(node: child, depth: depth - 1, count: childCount, shape: shape, into: &records)
      if index < count { records.append(own[index]) }
    }
  }

  /// Bytes that a count up to `limit` is written in.
  private static func width(of limit: Int) -> Int { (Int.bitWidth - limit.leadingZeroBitCount + 7) / 8 }

  /// An unsigned integer of any number of bytes up to seven.
  static func narrowCount(width: Int, _ reader: inout ByteReader) throws(FormatError) -> Int {
    guard width <= 7 else { return try reader.count(UInt64.self) }
    let bytes = try reader.take(width)
    return (0..<width).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
  }
}
