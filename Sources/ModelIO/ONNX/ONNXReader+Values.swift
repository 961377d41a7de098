extension ONNXReader {
  mutating func valueInfo(_ bytes: ByteSlice) throws(FormatError) -> ONNXValueInfo {
    try charge(at: bytes)
    var fields = ProtobufReader(bytes)
    var name = ""
    var type: (elementType: ElementType?, shape: [ONNXDimension]?) = (nil, nil)
    while let field = try fields.next() {
      switch field.number {
      case 1: name = try self.name(field)
      case 2: type = try self.type(try field.bytes())
      default: break
      }
    }
    return ONNXValueInfo(name: name, elementType: type.elementType, shape: type.shape)
  }

  private mutating func type(_ bytes: ByteSlice) throws(FormatError) -> (ElementType?, [ONNXDimension]?) {
    var outer = ProtobufReader(bytes)
    while let field = try outer.next() {
      guard field.number == 1 else { continue }
      var fields = ProtobufReader(try field.bytes())
      var elementType: ElementType?
      var shape: [ONNXDimension]?
      while let field = try fields.next() {
        switch field.number {
        case 1: elementType = Self.elementType(code: try field.integer())
        case 2: shape = try self.shape(try field.bytes())
        default: break
        }
      }
      return (elementType, shape)
    }
    return (nil, nil)
  }

  private mutating func shape(_ bytes: ByteSlice) throws(FormatError) -> [ONNXDimension] {
    var fields = ProtobufReader(bytes)
    var dimensions: [ONNXDimension] = []
    while let field = try fields.next() {
      guard field.number == 1 else { continue }
      try budget.charge(24, for: "the shapes", offset: field.offset)
      var inner = ProtobufReader(try field.bytes())
      var dimension = ONNXDimension.unknown
      while let field = try inner.next() {
        switch field.number {
        case 1:
          let size = try field.integer()
          dimension = size >= 0 ? .fixed(size) : .unknown
        case 2: dimension = .symbol(try name(field))
        default: break
        }
      }
      dimensions.append(dimension)
    }
    return dimensions
  }

  /// `TensorProto.DataType`; nil for strings, complex numbers and the types of less than 16 bits.
  static func elementType(code: Int) -> ElementType? {
    switch code {
    case 1: .float32
    case 2: .uint8
    case 3: .int8
    case 4: .uint16
    case 5: .int16
    case 6: .int32
    case 7: .int64
    case 9: .bool
    case 10: .float16
    case 11: .float64
    case 12: .uint32
    case 13: .uint64
    case 16: .bfloat16
    default: nil
    }
  }
}
