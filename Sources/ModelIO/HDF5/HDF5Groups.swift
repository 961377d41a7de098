extension HDF5File {
  /// How deep groups may be nested.
  static let deepest = 32

  /// The members of the group at `address`, by creation where the file keeps that, else by name; links to names
  /// are not followed.
  mutating func members(of address: Int) throws(FormatError) -> [HDF5Member] {
    var links: [HDF5Member] = []
    for message in try messages(at: address) {
      var reader = ByteReader(message.data)
      switch message.type {
      case HDF5Message.symbolTable:
        let tree = try Self.address(&reader)
        let heap = try localHeap(at: try Self.address(&reader))
        try collect(tree: tree, level: nil, heap: heap, into: &links)
      case HDF5Message.link:
        links.append(try Self.link(message.data))
      case HDF5Message.linkInfo:
        try collectDenseLinks(&reader, into: &links)
      default: break
      }
    }
    return links
  }

  /// Names of an old group lie in its local heap (III.D).
  private func localHeap(at address: Int) throws(FormatError) -> ByteSlice {
    var reader = try self.reader(at: address)
    try Self.expect("HEAP", &reader)
    try reader.skip(4)
    let size = try reader.count(UInt64.self)
    try reader.skip(8)
    var data = try self.reader(at: try Self.address(&reader))
    return try data.take(size)
  }

  /// Walks a version 1 B-tree of an old group (III.A.1) down to its symbol nodes (III.B).
  private mutating func collect(
    tree address: Int, level: UInt8?, heap: ByteSlice, into links: inout [HDF5Member]
  ) throws(FormatError) {
    try charge(128, "the groups", at: address)
    var reader = try self.reader(at: address)
    try Self.expect("TREE", &reader)
    guard try reader.byte() == 0 else { throw reader.failure(.invalid("not a tree of group members")) }
    let own = try reader.byte()
    guard level.map({ own == $0 - 1 }) ?? true else {
      throw reader.failure(.invalid("a tree whose levels do not descend"))
    }
    let count = Int(try reader.integer(UInt16.self))
    try reader.skip(16)
    for _ in 0..<count {
      try reader.skip(8)
      let child = try Self.address(&reader)
      if own > 0 {
        try collect(tree: child, level: own, heap: heap, into: &links)
      } else {
        try collect(symbols: child, heap: heap, into: &links)
      }
    }
  }

  private mutating func collect(
    symbols address: Int, heap: ByteSlice, into links: inout [HDF5Member]
  ) throws(FormatError) {
    var reader = try self.reader(at: address)
    try Self.expect("SNOD", &reader)
    try reader.skip(2)
    for _ in 0..<Int(try reader.integer(UInt16.self)) {
      let nameOffset = try reader.count(UInt64.self)
      let target = try Self.optionalAddress(&reader)
      let isSoft = try reader.integer(UInt32.self) == 2
      try reader.skip(4)
      let pathOffset = Int(try reader.integer(UInt32.self))
      try reader.skip(12)
      let name = try Self.text(in: heap, at: nameOffset)
      try charge(64 + name.utf8.count, "the groups", at: address)
      if isSoft {
        links.append(HDF5Member(name: name, target: .path(try Self.text(in: heap, at: pathOffset))))
      } else if let target {
        links.append(HDF5Member(name: name, target: .object(target)))
      }
    }
  }

  private static func text(in heap: ByteSlice, at offset: Int) throws(FormatError) -> String {
    var reader = ByteReader(heap)
    try reader.seek(to: offset)
    let name = try reader.take(until: 0)
    guard let text = name.text else {
      throw FormatError(.invalid("a name that is not UTF-8"), offset: name.origin)
    }
    return text
  }

  /// One link message (IV.A.2.g).
  static func link(_ bytes: ByteSlice) throws(FormatError) -> HDF5Member {
    var reader = ByteReader(bytes)
    guard try reader.byte() == 1 else { throw reader.failure(.unsupported("this version of links")) }
    let flags = try reader.byte()
    let kind = flags & 8 != 0 ? try reader.byte() : 0
    if flags & 4 != 0 { try reader.skip(8) }
    if flags & 16 != 0 { try reader.skip(1) }
    let name = try reader.text(try count(width: 1 << Int(flags & 3), &reader))
    switch kind {
    case 0: return HDF5Member(name: name, target: .object(try address(&reader)))
    case 1:
      return HDF5Member(name: name, target: .path(try reader.text(Int(try reader.integer(UInt16.self)))))
    default: return HDF5Member(name: name, target: .outside)
    }
  }

  /// Links of a group with many members: a fractal heap, ordered by a version 2 B-tree (IV.A.2.c).
  private mutating func collectDenseLinks(
    _ reader: inout ByteReader, into links: inout [HDF5Member]
  ) throws(FormatError) {
    try reader.skip(1)
    let flags = try reader.byte()
    if flags & 1 != 0 { try reader.skip(8) }
    guard let heapAddress = try Self.optionalAddress(&reader) else { return }
    let byName = try Self.optionalAddress(&reader)
    let byCreation = flags & 2 != 0 ? try Self.optionalAddress(&reader) : nil
    guard let tree = byCreation ?? byName else { return }
    let heap = try HDF5FractalHeap(at: heapAddress, in: self)
    for record in try treeRecords(at: tree) {
      // Types 5 and 6: a hash of four bytes or a creation order of eight, then the heap's own identifier.
      let skipped = record.type == 6 ? 8 : 4
      guard let identifier = record.bytes.dropFirst(skipped) else { continue }
      try charge(96, "the groups", at: tree)
      links.append(try Self.link(try heap.object(identifier, in: self)))
    }
  }
}
