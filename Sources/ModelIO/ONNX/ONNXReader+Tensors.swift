extension ONNXReader {
  /// Where a tensor of the file keeps its numbers.
  private struct TensorContent {
    var name = ""
    var typeCode = 0
    var shape: [Int] = []
    var raw: ByteSlice?
    var floats: [Float] = []
    /// `int32_data`, `int64_data` and `uint64_data`.
    var integers: [Int] = []
    var doubles: [Double] = []
    var isExternal = false
    var external: [String: String] = [:]
  }

  mutating func tensor(_ bytes: ByteSlice) throws(FormatError) -> RawTensor {
    try charge(at: bytes)
    var content = TensorContent()
    do throws(FormatError) {
      try collect(bytes, into: &content)
      guard let type = Self.elementType(code: content.typeCode) else {
        throw FormatError(
          .unsupported("tensor elements of type code \(content.typeCode)"), offset: bytes.origin)
      }
      let data = try self.data(of: content, type: type, at: bytes)
      let tensor = try RawTensor(name: content.name, elementType: type, shape: content.shape, bytes: data)
      guard tensor.elementCount * type.size == data.count else {
        throw FormatError(
          .invalid(
            "the shape \(content.shape) needs \(tensor.elementCount * type.size) bytes, not \(data.count)"),
          offset: data.origin)
      }
      return tensor
    } catch { throw error.about("tensor '\(content.name)'") }
  }

  private mutating func collect(_ bytes: ByteSlice, into content: inout TensorContent) throws(FormatError) {
    var fields = ProtobufReader(bytes)
    while let field = try fields.next() {
      switch field.number {
      case 1: try field.integers(into: &content.shape, budget: &budget)
      case 2: content.typeCode = try field.integer()
      case 3: throw FormatError(.unsupported("tensors in segments"), offset: field.offset)
      case 4: try field.floats(into: &content.floats, budget: &budget)
      case 5, 7, 11: try field.integers(into: &content.integers, budget: &budget)
      case 8: content.name = try name(field)
      case 9: content.raw = try field.bytes()
      case 10: try doubles(field, into: &content.doubles)
      case 13: try externalEntry(try field.bytes(), into: &content.external)
      case 14: content.isExternal = try field.integer() == 1
      default: break
      }
    }
  }

  private mutating func doubles(
    _ field: ProtobufReader.Field, into values: inout [Double]
  ) throws(FormatError) {
    if case .fixed64(let bits) = field.content { return values.append(Double(bitPattern: bits)) }
    let packed = try field.bytes()
    try budget.charge(packed.count, for: "a list of doubles", offset: field.offset)
    var reader = ByteReader(packed)
    while !reader.isAtEnd { values.append(Double(bitPattern: try reader.integer())) }
  }

  private mutating func data(
    of content: TensorContent, type: ElementType, at bytes: ByteSlice
  ) throws(FormatError) -> ByteSlice {
    if content.isExternal { return try externalData(content.external, at: bytes) }
    if let raw = content.raw { return raw }
    if type == .float32 { return try packed(content.floats, at: bytes) { $0.bitPattern } }
    if type == .float64 { return try packed(content.doubles, at: bytes) { $0.bitPattern } }
    switch type.size {
    case 1: return try packed(content.integers, at: bytes) { UInt8(truncatingIfNeeded: $0) }
    case 2: return try packed(content.integers, at: bytes) { UInt16(truncatingIfNeeded: $0) }
    case 4: return try packed(content.integers, at: bytes) { UInt32(truncatingIfNeeded: $0) }
    default: return try packed(content.integers, at: bytes) { UInt64(truncatingIfNeeded: $0) }
    }
  }

  private mutating func packed<Value, Storage: FixedWidthInteger>(
    _ values: [Value], at bytes: ByteSlice, _ bits: (Value) -> Storage
  ) throws(FormatError) -> ByteSlice {
    let block = Allocation(byteCount: values.count * MemoryLayout<Storage>.size)
    let target = block.memory.bindMemory(to: Storage.self)
    bytes.waiter.forEachPiece(of: values.count) { piece in
      for index in piece { target[index] = bits(values[index]).littleEndian }
    }
    return ByteSlice(block).at(origin: bytes.origin).awaited(by: bytes.waiter)
  }

  private mutating func externalEntry(
    _ bytes: ByteSlice, into entries: inout [String: String]
  ) throws(FormatError) {
    var fields = ProtobufReader(bytes)
    var (key, value) = ("", "")
    while let field = try fields.next() {
      switch field.number {
      case 1: key = try name(field)
      case 2: value = try name(field)
      default: break
      }
    }
    entries[key] = value
  }

  /// A piece of another file in the same folder or below it; a path that leads elsewhere is refused.
  private mutating func externalData(
    _ entries: [String: String], at bytes: ByteSlice
  ) throws(FormatError) -> ByteSlice {
    guard let location = entries["location"], !location.isEmpty else {
      throw FormatError(.missing("the location of external data"), offset: bytes.origin)
    }
    guard let directory else {
      throw FormatError(.unsupported("external data of a model that is no file"), offset: bytes.origin)
    }
    let file: ByteSlice
    if let known = externalFiles[location] {
      file = known
    } else {
      let path = try ContainedPath.resolve(location, in: directory, offset: bytes.origin)
      file = try MappedFile(path: path).bytes.awaited(by: bytes.waiter)
      externalFiles[location] = file
    }
    let start = try number(entries["offset"] ?? "0", at: bytes)
    let length = try entries["length"].map { text throws(FormatError) in try number(text, at: bytes) }
    guard start <= file.count, length ?? 0 <= file.count - start,
      let piece = file.slice(start..<start + (length ?? file.count - start))
    else {
      throw FormatError(
        .truncated(wanted: length ?? 0, left: max(0, file.count - start)), file: "\(directory)/\(location)",
        offset: start)
    }
    return piece
  }

  private func number(_ text: String, at bytes: ByteSlice) throws(FormatError) -> Int {
    guard let value = Int(text), value >= 0 else {
      throw FormatError(.invalid("the place '\(text)' of external data"), offset: bytes.origin)
    }
    return value
  }
}
