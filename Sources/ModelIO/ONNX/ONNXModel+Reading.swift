extension ONNXModel {
  /// Reads the file at `path`; external data is looked for beside it.
  package init(path: String, for waiter: Waiter? = nil) throws(FormatError) {
    do throws(FormatError) {
      let bytes = try MappedFile(path: path).bytes.awaited(by: waiter)
      try self.init(bytes, directory: WeightFormatCatalog.directory(of: path))
    } catch { throw error.inFile(path) }
  }

  /// Reads a model from memory; `directory` is where external data may lie.
  package init(_ bytes: ByteSlice, directory: String? = nil) throws(FormatError) {
    var reader = ONNXReader(fileSize: bytes.count, directory: directory)
    self = try reader.model(bytes)
  }

  /// Whether bytes begin as the files of exporters do: with a small format version.
  static func begins(_ bytes: ByteSlice) -> Bool {
    let start = bytes.slice(0..<min(2, bytes.count))?.array ?? []
    return start.count == 2 && start[0] == 8 && start[1] < 64
  }

  /// Whether `bytes` begin like a model: known fields only, a small version first or a graph.
  package static func recognises(_ bytes: ByteSlice) -> Bool {
    var fields = ProtobufReader(bytes)
    var seenVersion = false
    for _ in 0..<64 {
      guard let field = try? fields.next() else { return false }
      switch (field.number, field.content) {
      case (1, .varint(let version)):
        guard version < 1000 else { return false }
        seenVersion = true
      case (7, .bytes): return true
      case (2...4, .bytes), (6, .bytes), (8, .bytes), (14, .bytes), (20, .bytes), (25, .bytes), (5, .varint):
        continue
      default: return false
      }
    }
    return seenVersion
  }

  /// Reads one tensor message, as the ONNX project's test data keeps inputs and outputs (`.pb`).
  package static func tensor(_ bytes: ByteSlice) throws(FormatError) -> RawTensor {
    var reader = ONNXReader(fileSize: bytes.count, directory: nil)
    return try reader.tensor(bytes)
  }
}

/// The constants of an ONNX file as a state dictionary.
package enum ONNXWeights: WeightFormat {
  package static let name = "onnx"

  package static func recognises(_ bytes: ByteSlice) -> Bool { ONNXModel.recognises(bytes) }

  package static func read(_ bytes: ByteSlice, directory: String?) throws(FormatError) -> StateDictionary {
    let model = try ONNXModel(bytes, directory: directory)
    return try StateDictionary(format: name, tensors: model.graph.initializers, metadata: model.metadata)
  }
}
