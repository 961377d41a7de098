/// A named member of a group.
package struct HDF5Link: Sendable, Hashable {
  package let name: String
  /// Where the member's object header is.
  package let address: Int
}

extension HDF5File {
  /// How deep trees and nested groups may be.
  static let deepest = 32

  /// The hard links of the group at `address`, by creation where the file keeps that, else by name.
  package mutating func links(of address: Int) throws(FormatError) -> [HDF5Link] {
    var links: [HDF5Link] = []
    for message in try messages(at: address) {
      var reader = ByteReader(message.data)
      switch message.type {
      case HDF5Message.symbolTable:
        let tree = try Self.address(&reader)
        let heap = try localHeap(at: try Self.address(&reader))
        try collect(tree: tree, level: nil, heap: heap, into: &links)
      case HDF5Message.link:
        if let link = try Self.link(message.data) { links.append(link) }
      case HDF5Message.linkInfo:
        try collectDenseLinks(&reader, into: &links)
      default: break
      }
    }
    return links
  }

  /// The object that `path` names, from the group at `address` on; nil where there is none.
  package mutating func object(_ path: String, from address: Int) throws(FormatError) -> Int? {
    var place = address
    for part in path.split(separator: "/") {
      guard let link = try links(of: place).first(where: { $0.name == part }) else { return nil }
      place = link.address
    }
    return place
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
    tree address: Int, level: UInt8?, heap: ByteSlice, into links: inout [HDF5Link]
  ) throws(FormatError) {
    try charge(128, "the groups", at: address)
    var reader = try self.reader(at: address)
    try Self.expect("TREE", &reader)
    guard try reader.byte() == 0 else { throw reader.failure(.invalid("not a tree of group members")) }
    let own = try reader.byte()
    guard own < Self.deepest, level.map({ own == $0 - 1 }) ?? true else {
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
    symbols address: Int, heap: ByteSlice, into links: inout [HDF5Link]
  ) throws(FormatError) {
    var reader = try self.reader(at: address)
    try Self.expect("SNOD", &reader)
    try reader.skip(2)
    for _ in 0..<Int(try reader.integer(UInt16.self)) {
      let nameOffset = try reader.count(UInt64.self)
      let target = try Self.optionalAddress(&reader)
      let isSoft = try reader.integer(UInt32.self) == 2
      try reader.skip(20)
      guard let target, !isSoft else { continue }
      var names = ByteReader(heap)
      try names.seek(to: nameOffset)
      let name = try names.take(until: 0)
      guard let text = name.text else {
        throw FormatError(.invalid("a name that is not UTF-8"), offset: name.origin)
      }
      try charge(64 + name.count, "the groups", at: address)
      links.append(HDF5Link(name: text, address: target))
    }
  }

  /// One link message (IV.A.2.g); nil for soft and external links.
  static func link(_ bytes: ByteSlice) throws(FormatError) -> HDF5Link? {
    var reader = ByteReader(bytes)
    guard try reader.byte() == 1 else { throw reader.failure(.unsupported("this version of links")) }
    let flags = try reader.byte()
    let kind = flags & 8 != 0 ? try reader.byte() : 0
    if flags & 4 != 0 { try reader.skip(8) }
    if flags & 16 != 0 { try reader.skip(1) }
    let name = try reader.text(try count(width: 1 << Int(flags & 3), &reader))
    guard kind == 0 else { return nil }
    return HDF5Link(name: name, address: try address(&reader))
  }

  /// Links of a group with many members: a fractal heap, ordered by a version 2 B-tree (IV.A.2.c).
  private mutating func collectDenseLinks(
    _ reader: inout ByteReader, into links: inout [HDF5Link]
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
      if let link = try Self.link(try heap.object(identifier, in: self)) { links.append(link) }
    }
  }
}
