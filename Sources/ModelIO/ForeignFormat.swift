/// Files of networks that nothing here reads, and what makes one of them that is read.
struct ForeignFormat: Sendable {
  /// What a file is.
  let name: String
  /// What to do with it.
  let advice: String
  let recognises: @Sendable (ByteSlice) -> Bool

  /// THE list of what is told apart by its first bytes.
  static let all = [
    ForeignFormat(
      name: "a TensorFlow Lite network", advice: converted("--tflite FILE.tflite"),
      recognises: { $0.slice(4..<8)?.starts(with: "TFL3".utf8) ?? false }),
    ForeignFormat(
      name: "TensorFlow's SavedModel", advice: converted("--saved-model FOLDER"), recognises: isSavedModel),
    ForeignFormat(
      name: "a frozen TensorFlow graph",
      advice: converted("--graphdef FILE.pb --inputs NAME:0 --outputs NAME:0"), recognises: isFrozenGraph),
  ]

  /// Throws where bytes are a network of another kind.
  static func check(_ bytes: ByteSlice) throws(FormatError) {
    guard let format = all.first(where: { $0.recognises(bytes) }) else { return }
    throw FormatError(.unsupported("\(format.name) (\(format.advice))"))
  }

  private static func converted(_ options: String) -> String {
    "save the whole network with `model.save(\"net.keras\")` in Python where it was made, or make it an ONNX file: "
      + "`python -m tf2onnx.convert \(options) --output net.onnx`"
  }

  /// The version of its schema, and a graph that begins with what is known about it; in an ONNX file the maker's name stands there.
  private static func isSavedModel(_ bytes: ByteSlice) -> Bool {
    guard bytes.starts(with: [8, 1, 0x12]), var reader = bytes.dropFirst(3).map(ByteReader.init) else {
      return false
    }
    guard (try? ProtobufReader.varint(&reader)) != nil, let first = try? reader.byte() else { return false }
    return first == 0x0a
  }

  /// A list of nodes with a name and an operation each.
  private static func isFrozenGraph(_ bytes: ByteSlice) -> Bool {
    var nodes = ProtobufReader(bytes)
    guard bytes.starts(with: [0x0a]), let node = try? nodes.next()?.bytes() else { return false }
    var fields = ProtobufReader(node)
    guard let name = try? fields.next(), name.number == 1, (try? name.text())?.isEmpty == false,
      let operation = try? fields.next(), operation.number == 2, let kind = try? operation.text(),
      kind.first?.isUppercase == true
    else { return false }
    return kind.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }
}
