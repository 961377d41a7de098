/// A tensor to be written: a name, a shape and little-endian bytes in row-major order.
package struct TensorToWrite {
  package let name: String
  package let elementType: ElementType
  package let shape: [Int]
  package let bytes: ByteSlice

  /// `floats` under `name`; their count must be the product of `shape`.
  package init(name: String, shape: [Int], floats: UnsafeBufferPointer<Float>) {
    precondition(RawTensor.elementCount(of: shape) == floats.count)
    let block = Allocation(byteCount: floats.count * 4)
    block.memory.copyMemory(from: UnsafeRawBufferPointer(floats))
    self.init(name: name, elementType: .float32, shape: shape, bytes: ByteSlice(block))
  }

  package init(name: String, shape: [Int], floats: [Float]) {
    self = floats.withUnsafeBufferPointer { TensorToWrite(name: name, shape: shape, floats: $0) }
  }

  /// Bytes that are numbers of eight bits; their count must be the product of `shape`.
  init(name: String, shape: [Int], bytes: [UInt8]) {
    precondition(RawTensor.elementCount(of: shape) == bytes.count)
    self.init(name: name, elementType: .uint8, shape: shape, bytes: ByteSlice(bytes))
  }

  /// The tensor as it was read.
  package init(_ tensor: RawTensor) {
    self.init(
      name: tensor.name, elementType: tensor.elementType, shape: tensor.shape, bytes: tensor.packedBytes())
  }

  private init(name: String, elementType: ElementType, shape: [Int], bytes: ByteSlice) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.bytes = bytes
  }
}

extension SafeTensors {
  /// Writes a file at `path`, whole or not at all.
  package static func write(
    _ tensors: [TensorToWrite], metadata: [(name: String, value: String)] = [], to path: String
  ) throws(FormatError) {
    var file = try AtomicFile(path: path)
    let header = header(of: tensors, metadata: metadata)
    try file.write(littleEndian: UInt64(header.utf8.count))
    try file.write(Array(header.utf8))
    for tensor in tensors { try file.write(tensor.bytes) }
    try file.commit()
  }

  /// Padded with spaces to eight bytes, so that the data is aligned for reading without a copy.
  private static func header(of tensors: [TensorToWrite], metadata: [(name: String, value: String)]) -> String
  {
    var parts: [String] = []
    if !metadata.isEmpty {
      let members = metadata.map { "\(JSONDocument.quoted($0.name)):\(JSONDocument.quoted($0.value))" }
      parts.append("\"__metadata__\":{\(members.joined(separator: ","))}")
    }
    var start = 0
    for tensor in tensors {
      let code = elementTypes.first { $0.type == tensor.elementType }?.code ?? ""
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let end = start + tensor.bytes.count
      parts.append(
        "\(JSONDocument.quoted(tensor.name)):"
          + "{\"dtype\":\"\(code)\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}")
      start = end
    }
    let text = "{\(parts.joined(separator: ","))}"
    let padding = (8 - text.utf8.count % 8) % 8
    return text + String(repeating: " ", count: padding)
  }
}
