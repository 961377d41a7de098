/// The formats of weight files, asked in this order.
package enum WeightFormatCatalog {
  package static let all: [any WeightFormat.Type] = [
    SafeTensors.self, PyTorchCheckpoint.self, NumPyArray.self, NumPyArchive.self, KerasWeights.self,
    KerasArchive.self, ONNXWeights.self,
  ]

  /// The format that recognises `bytes`.
  package static func format(of bytes: ByteSlice) -> (any WeightFormat.Type)? {
    all.first { $0.recognises(bytes) }
  }

  /// Throws where `bytes` are a network of a kind that nothing here reads.
  package static func refuseForeign(_ bytes: ByteSlice) throws(FormatError) {
    try ForeignFormat.check(bytes)
  }

  /// The tensors of the file at `path`, whatever its format; errors name the file.
  ///
  /// Once `waiter` has gone, reading ends, and what is made of the tensors later is not finished.
  package static func read(path: String, for waiter: Waiter? = nil) throws(FormatError) -> StateDictionary {
    do throws(FormatError) {
      let bytes = try MappedFile(path: path).bytes.awaited(by: waiter)
      var state = try read(bytes, directory: directory(of: path))
      state.source = path
      return state
    } catch { throw error.inFile(path) }
  }

  /// The tensors in `bytes`, whatever their format.
  package static func read(
    _ bytes: ByteSlice, directory: String? = nil
  ) throws(FormatError) -> StateDictionary {
    try refuseForeign(bytes)
    guard let format = format(of: bytes) else {
      try explainDamage(of: bytes)
      throw FormatError(
        .unrecognised(expected: "one of " + all.map { $0.name }.joined(separator: ", ")), offset: 0)
    }
    return try format.read(bytes, directory: directory)
  }

  /// Throws where bytes begin as a known format does and then break off.
  private static func explainDamage(of bytes: ByteSlice) throws(FormatError) {
    if ZipArchive.recognises(bytes) { _ = try ZipArchive(bytes) }
    if ONNXModel.begins(bytes) { _ = try ONNXModel(bytes, directory: nil) }
    if bytes.starts(with: [UInt8(ascii: "{")]), bytes.count < 64 << 20 {
      var budget = MemoryBudget(fileSize: bytes.count)
      guard let document = try? JSONDocument(parsing: bytes, budget: &budget), document["weight_map"] != nil
      else { return }
      throw FormatError(
        .unsupported(
          "an index of weights in several files (write all into one with `safetensors.torch.save_file`)"))
    }
  }

  /// The folder that holds the file at `path`.
  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
