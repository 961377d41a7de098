extension HDF5File {
  /// The texts of the attribute `name` of the object at `address`; nil where it has no such attribute.
  package mutating func texts(_ name: String, of address: Int) throws(FormatError) -> [String]? {
    do throws(FormatError) {
      return try attribute(name, of: address).map { bytes throws(FormatError) in try texts(in: bytes) }
    } catch { throw error.about("attribute '\(name)'") }
  }

  /// The raw message of an attribute.
  private mutating func attribute(_ name: String, of address: Int) throws(FormatError) -> ByteSlice? {
    for message in try messages(at: address) {
      if message.type == HDF5Message.attribute, try Self.name(ofAttribute: message.data) == name {
        return message.data
      }
      if message.type == HDF5Message.attributeInfo, let found = try dense(name, message.data) { return found }
    }
    return nil
  }

  /// An attribute of an object that has many: in a fractal heap (IV.A.2.v).
  private mutating func dense(_ name: String, _ info: ByteSlice) throws(FormatError) -> ByteSlice? {
    var reader = ByteReader(info)
    try reader.skip(1)
    if try reader.byte() & 1 != 0 { try reader.skip(2) }
    guard let heapAddress = try Self.optionalAddress(&reader),
      let tree = try Self.optionalAddress(&reader)
    else { return nil }
    let heap = try HDF5FractalHeap(at: heapAddress, in: self)
    for record in try treeRecords(at: tree) where record.type == 8 {
      let data = try heap.object(record.bytes, in: self)
      if try Self.name(ofAttribute: data) == name { return data }
    }
    return nil
  }

  private static func name(ofAttribute bytes: ByteSlice) throws(FormatError) -> String {
    var reader = ByteReader(bytes)
    let version = try reader.byte()
    try reader.skip(1)
    let size = Int(try reader.integer(UInt16.self))
    try reader.skip(version == 3 ? 5 : 4)
    let name = try reader.take(size)
    return name.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// Decodes an attribute message (IV.A.2.m) that holds texts; one of other elements counts as none.
  private mutating func texts(in bytes: ByteSlice) throws(FormatError) -> [String] {
    var reader = ByteReader(bytes)
    let version = try reader.byte()
    let flags = try reader.byte()
    guard (1...3).contains(version) else {
      throw reader.failure(.unsupported("attribute version \(version)"))
    }
    guard version == 1 || flags & 2 == 0 else { throw reader.failure(.unsupported("shared HDF5 shapes")) }
    let sizes = [
      Int(try reader.integer(UInt16.self)), Int(try reader.integer(UInt16.self)),
      Int(try reader.integer(UInt16.self)),
    ]
    if version == 3 { try reader.skip(1) }
    func padded(_ size: Int) -> Int { version == 1 ? (size + 7) & ~7 : size }
    try reader.skip(padded(sizes[0]))
    let typeBytes = try reader.take(padded(sizes[1]))
    let isShared = version != 1 && flags & 1 != 0
    var typeReader = ByteReader(isShared ? try shared(typeBytes, HDF5Message.datatype) : typeBytes)
    let type = try HDF5Datatype(&typeReader)
    let space = try HDF5Dataspace(try reader.take(padded(sizes[2])))
    guard !space.isNull, let count = RawTensor.elementCount(of: space.shape) else { return [] }
    switch type {
    case .fixedText, .variableText: break
    case .number, .other: return []
    }
    var texts: [String] = []
    for _ in 0..<count {
      try charge(64, "the texts", at: reader.offset)
      let element = try reader.take(type.size)
      let text = if case .variableText = type { try heapText(element) } else { element }
      try charge(text.count, "the texts", at: text.origin)
      texts.append(text.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return texts
  }

  /// The bytes in a global heap (III.E) that an element of variable length points to.
  private func heapText(_ element: ByteSlice) throws(FormatError) -> ByteSlice {
    var reader = ByteReader(element)
    let length = Int(try reader.integer(UInt32.self))
    let address = try reader.integer(UInt64.self)
    let index = try reader.integer(UInt32.self)
    guard length > 0, let place = Int(exactly: address) else { return ByteSlice([]) }
    var heap = try self.reader(at: place)
    try Self.expect("GCOL", &heap)
    try heap.skip(4)
    let size = try heap.count(UInt64.self)
    guard size >= 16 else { throw heap.failure(.invalid("a global heap of \(size) bytes")) }
    var objects = ByteReader(try heap.take(min(size - 16, heap.remaining)))
    while objects.remaining >= 16 {
      let found = UInt32(try objects.integer(UInt16.self))
      try objects.skip(6)
      let objectSize = try objects.count(UInt64.self)
      guard found != 0 else { break }
      let data = try objects.take(objectSize)
      if found == index, let text = data.slice(0..<min(length, objectSize)) { return text }
      try objects.skip(min((8 - objectSize % 8) % 8, objects.remaining))
    }
    throw FormatError(.missing("object \(index) of the global heap"), offset: place)
  }
}
