/// Arrays that NumPy pickled: a recorded `_reconstruct` whose state holds shape, type and bytes.
enum NumPyPickle {
  /// The names that pickled arrays and numbers use, of NumPy before and after version 2.
  static let allowedGlobals: Set<String> = [
    "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct", "numpy.ndarray",
    "numpy.dtype",
    "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "_codecs.encode",
  ]

  /// The array that `value` describes; nil where it describes none.
  static func array(_ value: PickleValue, in pickle: Pickle, name: String) throws(FormatError) -> RawTensor? {
    guard let object = pickle.object(value), object.callable.hasSuffix("multiarray._reconstruct") else {
      return nil
    }
    guard let state = object.state.flatMap({ pickle.items($0) }), state.count == 5,
      let shape = pickle.integers(state[1]), let type = elementType(state[2], in: pickle)
    else { throw FormatError(.unsupported("this kind of pickled array"), subject: "array '\(name)'") }
    guard let bytes = bytes(state[4], in: pickle) else {
      throw FormatError(.invalid("a pickled array without bytes"), subject: "array '\(name)'")
    }
    var strides: [Int]?
    if state[3] == .bool(true) || state[3] == .integer(1) {
      strides = Array(RawTensor.rowMajorStrides(of: shape.reversed()).reversed())
    }
    return try RawTensor(name: name, elementType: type, shape: shape, strides: strides, bytes: bytes)
  }

  private static func elementType(_ value: PickleValue, in pickle: Pickle) -> ElementType? {
    guard let object = pickle.object(value), object.callable == "numpy.dtype",
      let first = object.arguments.first,
      let code = pickle.text(first)
    else { return nil }
    if let state = object.state.flatMap({ pickle.items($0) }), state.count > 1, pickle.text(state[1]) == ">" {
      return nil
    }
    return NumPyHeader.codes.first { $0.code == code }?.type
  }

  /// Bytes as they are, or (Python 3 writing protocol 2) as Latin-1 text to be encoded.
  static func bytes(_ value: PickleValue, in pickle: Pickle) -> ByteSlice? {
    if case .bytes(let index) = value { return pickle.blobs[index] }
    guard let object = pickle.object(value), object.callable == "_codecs.encode",
      case .text(let text)? = object.arguments.first
    else { return nil }
    let scalars = text.unicodeScalars
    guard scalars.allSatisfy({ $0.value < 256 }) else { return nil }
    return ByteSlice(scalars.map { UInt8(truncatingIfNeeded: $0.value) })
  }
}
