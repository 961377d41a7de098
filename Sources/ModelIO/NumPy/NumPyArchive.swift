/// NumPy's `.npz`: a zip archive of `.npy` members, stored or deflated.
package enum NumPyArchive: WeightFormat {
  package static let name = "npz"

  package static func recognises(_ bytes: ByteSlice) -> Bool {
    guard ZipArchive.recognises(bytes), let archive = try? ZipArchive(bytes) else { return false }
    return archive.members.contains { $0.name.hasSuffix(".npy") }
      && archive.members.allSatisfy { $0.name.hasSuffix(".npy") || $0.name.hasSuffix("/") }
  }

  package static func read(_ bytes: ByteSlice, directory: String?) throws(FormatError) -> StateDictionary {
    var archive = try ZipArchive(bytes)
    var tensors: [RawTensor] = []
    for member in archive.members where member.name.hasSuffix(".npy") {
      let name = String(member.name.dropLast(4))
      do throws(FormatError) {
        tensors.append(try NumPyArray.tensor(try archive.read(member), name: name))
      } catch { throw error.about("tensor '\(name)'") }
    }
    return try StateDictionary(format: self.name, tensors: tensors)
  }

  /// Writes named arrays at `path`, whole or not at all.
  package static func write(_ tensors: [TensorToWrite], to path: String) throws(FormatError) {
    var archive = try ZipWriter(path: path)
    for tensor in tensors {
      try archive.add(
        tensor.name + ".npy",
        [ByteSlice(NumPyArray.header(of: tensor.shape, tensor.elementType)), tensor.bytes])
    }
    try archive.commit()
  }
}
