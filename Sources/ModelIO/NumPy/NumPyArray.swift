/// NumPy's `.npy`: a magic, a header that is a Python dictionary literal, then the numbers.
package enum NumPyArray: WeightFormat {
  package static let name = "npy"
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  package static func recognises(_ bytes: ByteSlice) -> Bool { bytes.starts(with: magic) }

  package static func read(_ bytes: ByteSlice, directory: String?) throws(FormatError) -> StateDictionary {
    try StateDictionary(format: name, tensors: [try tensor(bytes, name: "array")])
  }

  /// The array in the file at `path`.
  package static func read(path: String) throws(FormatError) -> RawTensor {
    do throws(FormatError) {
      return try tensor(try MappedFile(path: path).bytes, name: "array")
    } catch { throw error.inFile(path) }
  }

  /// The array in `bytes`; arrays of Python objects are refused.
  package static func tensor(_ bytes: ByteSlice, name: String) throws(FormatError) -> RawTensor {
    guard recognises(bytes) else {
      throw FormatError(.unrecognised(expected: "an .npy array"), offset: bytes.origin)
    }
    var reader = ByteReader(bytes)
    try reader.skip(magic.count)
    let version = try reader.byte()
    try reader.skip(1)
    guard (1...3).contains(version) else {
      throw reader.failure(.unsupported(".npy version \(version)"))
    }
    let length = version == 1 ? Int(try reader.integer(UInt16.self)) : Int(try reader.integer(UInt32.self))
    let headerBytes = try reader.take(length)
    let header = try NumPyHeader(headerBytes)
    guard let data = bytes.dropFirst(reader.position) else {
      throw reader.failure(.truncated(wanted: 0, left: 0))
    }
    var strides: [Int]?
    if header.isFortranOrder {
      strides = Array(RawTensor.rowMajorStrides(of: header.shape.reversed()).reversed())
    }
    let tensor = try RawTensor(
      name: name, elementType: header.elementType, shape: header.shape, strides: strides, bytes: data)
    return header.isBigEndian ? try tensor.byteSwapped() : tensor
  }

  /// Writes a float32 array at `path`, whole or not at all; the numbers are written from where they lie.
  package static func write(
    shape: [Int], floats: UnsafeBufferPointer<Float>, to path: String
  ) throws(FormatError) {
    precondition(RawTensor.elementCount(of: shape) == floats.count)
    var file = try AtomicFile(path: path)
    try file.write(header(of: shape, .float32))
    try file.write(UnsafeRawBufferPointer(floats))
    try file.commit()
  }

  package static func write(shape: [Int], floats: [Float], to path: String) throws(FormatError) {
    try floats.withUnsafeBufferPointer { values throws(FormatError) in
      try write(shape: shape, floats: values, to: path)
    }
  }

  /// The bytes before the numbers; their count is a multiple of 64, as NumPy writes them.
  static func header(of shape: [Int], _ elementType: ElementType) -> [UInt8] {
    let code = NumPyHeader.codes.first { $0.type == elementType }?.code ?? "V1"
    let order = elementType.size == 1 ? "|" : "<"
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let text = "{'descr': '\(order)\(code)', 'fortran_order': False, 'shape': (\(sizes)), }"
    let padding = (64 - (magic.count + 4 + text.utf8.count + 1) % 64) % 64
    let length = text.utf8.count + padding + 1
    return magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(text.utf8)
      + [UInt8](repeating: 0x20, count: padding) + [0x0a]
  }
}
