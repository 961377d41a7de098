extension HDF5File {
  /// Whether the object at `address` is a dataset.
  package mutating func isDataset(_ address: Int) throws(FormatError) -> Bool {
    try messages(at: address).contains { $0.type == HDF5Message.layout }
  }

  /// The dataset at `address` as a tensor; contiguous ones are not copied.
  package mutating func dataset(_ address: Int, name: String) throws(FormatError) -> RawTensor {
    do throws(FormatError) { return try tensor(address, name: name) } catch {
      throw error.about("tensor '\(name)'")
    }
  }

  private mutating func tensor(_ address: Int, name: String) throws(FormatError) -> RawTensor {
    let messages = try messages(at: address)
    func message(_ type: Int, _ what: String) throws(FormatError) -> ByteSlice {
      guard let found = messages.first(where: { $0.type == type }) else {
        throw FormatError(.missing(what), offset: bytes.origin + address)
      }
      return found.isShared ? try shared(found.data, type) : found.data
    }
    if let outside = messages.first(where: { $0.type == HDF5Message.externalFiles }) {
      throw FormatError(
        .unsupported("a dataset whose values lie in other files"), offset: outside.data.origin)
    }
    var typeReader = ByteReader(try message(HDF5Message.datatype, "the dataset's type"))
    let type: (element: ElementType, bigEndian: Bool)
    switch try HDF5Datatype(&typeReader) {
    case .number(let element, let bigEndian): type = (element, bigEndian)
    case .fixedText, .variableText: throw typeReader.failure(.unsupported("a dataset of texts"))
    case .other(let what, _): throw typeReader.failure(.unsupported("a dataset of \(what)"))
    }
    let space = try HDF5Dataspace(try message(HDF5Message.dataspace, "the dataset's shape"))
    guard let count = RawTensor.elementCount(of: space.shape), !space.isNull,
      case let (byteCount, overflow) = count.multipliedReportingOverflow(by: type.element.size), !overflow
    else {
      throw FormatError(.invalid("the shape \(space.shape) overflows"), offset: bytes.origin + address)
    }
    let filters = try messages.first { $0.type == HDF5Message.filters }.map {
      message throws(FormatError) in try HDF5Filter.pipeline(message.data)
    }
    let layout = HDF5DatasetLayout(
      shape: space.shape, most: space.most, elementSize: type.element.size, byteCount: byteCount,
      filters: filters ?? [], fill: try fill(in: messages, size: type.element.size))
    let data = try contents(try message(HDF5Message.layout, "the dataset's layout"), layout)
    let tensor = try RawTensor(name: name, elementType: type.element, shape: space.shape, bytes: data)
    return type.bigEndian ? try tensor.byteSwapped() : tensor
  }

  /// The bytes that a layout message (IV.A.2.i) leads to.
  private mutating func contents(
    _ message: ByteSlice, _ layout: HDF5DatasetLayout
  ) throws(FormatError) -> ByteSlice {
    var reader = ByteReader(message)
    let version = try reader.byte()
    guard (3...5).contains(version) else {
      throw reader.failure(.unsupported("HDF5 layout version \(version)"))
    }
    switch try reader.byte() {
    case 0: return try reader.take(Int(try reader.integer(UInt16.self)))
    case 1:
      let place = try Self.optionalAddress(&reader)
      let size = try reader.count(UInt64.self)
      guard let place else { return ByteSlice(try unwritten(layout, at: bytes.origin)) }
      var data = try self.reader(at: place)
      return try data.take(size)
    case 2: return version == 3 ? try chunksByTree(&reader, layout) : try chunksByIndex(&reader, layout)
    case let kind: throw reader.failure(.unsupported("HDF5 layout class \(kind)"))
    }
  }

  /// What a dataset is before it is written to.
  mutating func unwritten(_ layout: HDF5DatasetLayout, at offset: Int) throws(FormatError) -> Allocation {
    try charge(layout.byteCount, "the dataset", at: offset)
    try Allocation.check(layout.byteCount)
    let block = Allocation(byteCount: layout.byteCount)
    block.memory.initializeMemory(as: UInt8.self, repeating: 0)
    guard layout.fill.contains(where: { $0 != 0 }) else { return block }
    for (index, byte) in layout.fill.enumerated() {
      for place in stride(from: index, to: layout.byteCount, by: layout.fill.count) {
        block.memory.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
      }
    }
    return block
  }

  /// The bytes of an element that was never written (IV.A.2.e and f); none where they are zero.
  private mutating func fill(in messages: [HDF5Message], size: Int) throws(FormatError) -> [UInt8] {
    let types = [HDF5Message.fillValue, HDF5Message.oldFillValue]
    for type in types {
      guard let found = messages.first(where: { $0.type == type }) else { continue }
      var reader = ByteReader(found.isShared ? try shared(found.data, type) : found.data)
      if type == HDF5Message.fillValue {
        let version = try reader.byte()
        if version < 3 { try reader.skip(2) }
        // Newer ones have a bit where older ones have a byte, and the first kind has a size whatever that says.
        let flags = try reader.byte()
        guard version == 1 || flags & (version < 3 ? 1 : 0x20) != 0 else { return [] }
      }
      let count = Int(try reader.integer(UInt32.self))
      guard count > 0 else { return [] }
      guard count == size else { throw reader.failure(.invalid("a fill value of \(count) bytes")) }
      return try reader.take(count).array
    }
    return []
  }
}

/// What the reading of a dataset's bytes needs to know of it.
struct HDF5DatasetLayout {
  let shape: [Int]
  /// How large it may become; nil where that is not limited.
  let most: [Int?]
  let elementSize: Int
  let byteCount: Int
  let filters: [HDF5Filter]
  /// The bytes of an element that was never written; none where they are zero.
  let fill: [UInt8]
}
