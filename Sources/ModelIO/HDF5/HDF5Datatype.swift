/// What the elements of a dataset or attribute are (IV.A.2.d).
enum HDF5Datatype {
  case number(ElementType, bigEndian: Bool)
  /// Text of a fixed number of bytes.
  case fixedText(size: Int)
  /// Text of any length in a global heap.
  case variableText
  /// Something else, in words.
  case other(String, size: Int)

  var size: Int {
    switch self {
    case .number(let type, _): type.size
    case .fixedText(let size), .other(_, let size): size
    case .variableText: 16
    }
  }

  init(_ reader: inout ByteReader) throws(FormatError) {
    let start = reader.offset
    let classAndVersion = try reader.byte()
    let bits = try reader.take(3)
    let size = Int(try reader.integer(UInt32.self))
    guard size > 0 else { throw FormatError(.invalid("elements of no bytes"), offset: start) }
    let bigEndian = bits[0] & 1 != 0
    switch classAndVersion & 15 {
    case 0:
      try reader.skip(4)
      let signed = bits[0] & 8 != 0
      let type: ElementType? =
        switch (size, signed) {
        case (1, true): .int8
        case (2, true): .int16
        case (4, true): .int32
        case (8, true): .int64
        case (1, false): .uint8
        case (2, false): .uint16
        case (4, false): .uint32
        case (8, false): .uint64
        default: nil
        }
      self = type.map { .number($0, bigEndian: bigEndian) } ?? .other("integers of \(size) bytes", size: size)
    case 1:
      try reader.skip(5)
      let exponentSize = try reader.byte()
      try reader.skip(6)
      switch (size, exponentSize) {
      case (4, 8): self = .number(.float32, bigEndian: bigEndian)
      case (8, 11): self = .number(.float64, bigEndian: bigEndian)
      case (2, 5): self = .number(.float16, bigEndian: bigEndian)
      case (2, 8): self = .number(.bfloat16, bigEndian: bigEndian)
      default: self = .other("floats of \(size) bytes", size: size)
      }
    case 3: self = .fixedText(size: size)
    case 8 where size == 1: self = .number(.bool, bigEndian: false)
    case 9 where bits[0] & 15 == 1 && size == 16: self = .variableText
    case let kind: self = .other("elements of HDF5 class \(kind)", size: size)
    }
  }
}

/// The shape of a dataset or attribute (IV.A.2.b).
struct HDF5Dataspace {
  let shape: [Int]
  /// How large each extent may become; nil where that is not limited.
  let most: [Int?]
  /// Whether there are no elements at all.
  let isNull: Bool

  init(_ bytes: ByteSlice) throws(FormatError) {
    var reader = ByteReader(bytes)
    let version = try reader.byte()
    let rank = Int(try reader.byte())
    let flags = try reader.byte()
    switch version {
    case 1:
      try reader.skip(5)
      isNull = false
    case 2: isNull = try reader.byte() == 2
    default: throw reader.failure(.unsupported("HDF5 dataspace version \(version)"))
    }
    var shape: [Int] = []
    for _ in 0..<rank { shape.append(try reader.count(UInt64.self)) }
    self.shape = shape
    guard flags & 1 != 0 else {
      most = shape
      return
    }
    var most: [Int?] = []
    for _ in 0..<rank { most.append(Int(exactly: try reader.integer(UInt64.self))) }
    self.most = most
  }
}
