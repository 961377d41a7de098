/// Matrices of floats rounded to a few bits a number, with a scale for each row: how small files of weights are kept.
///
/// Under the name `w`, a file has the bytes `w.rounded`, each row's numbers one after the other from the lowest bit
/// up, the row's end filled to a byte; the scales `w.scales`; and the note `camkernel.rounded.w` with the number of
/// bits and the shape. The number of code c is scale (c - 2^(bits - 1)).
package enum RoundedTensor {
  /// The numbers of bits that are written and read.
  package static let bits = 2...8
  private static let prefix = "camkernel.rounded."

  /// A tensor of two dimensions or more in rounded form; the first dimension counts the rows.
  package static func tensors(
    name: String, shape: [Int], floats: [Float], bits: Int
  ) -> (tensors: [TensorToWrite], note: (name: String, value: String)) {
    precondition(Self.bits.contains(bits) && shape.count > 1 && floats.count == shape.reduce(1, *))
    let rows = shape[0], columns = floats.count / max(rows, 1)
    let rowBytes = (columns * bits + 7) / 8
    let highest = Float(1 << (bits - 1) - 1)
    var bytes = [UInt8](repeating: 0, count: rows * rowBytes)
    var scales: [Float] = []
    for row in 0..<rows {
      let values = floats[(row * columns)..<((row + 1) * columns)]
      let scale = Self.scale(of: values, highest: highest)
      scales.append(scale)
      for (column, value) in values.enumerated() {
        let level = scale > 0 ? min(max((value / scale).rounded(), -highest), highest) : 0
        let code = UInt16(Int(level) + 1 << (bits - 1)) << (column * bits % 8)
        let place = row * rowBytes + column * bits / 8
        bytes[place] |= UInt8(truncatingIfNeeded: code)
        if code > 255 { bytes[place + 1] |= UInt8(code >> 8) }
      }
    }
    let note = "\(bits):" + shape.map(String.init).joined(separator: ",")
    return (
      [
        TensorToWrite(name: name + ".rounded", shape: [rows, rowBytes], bytes: bytes),
        TensorToWrite(name: name + ".scales", shape: [rows], floats: scales),
      ], (prefix + name, note)
    )
  }

  /// The scale with the least squared error, among some below the one that holds the row's greatest number.
  private static func scale(of values: ArraySlice<Float>, highest: Float) -> Float {
    let reach = values.reduce(Float(0)) { max($0, abs($1)) }
    guard reach > 0, reach.isFinite else { return 0 }
    var best = (error: Float.infinity, scale: Float(0))
    for share in stride(from: Float(0.5), through: 1, by: 0.03125) {
      let scale = reach / highest * share
      let error = values.reduce(Float(0)) { sum, value in
        let miss = min(max((value / scale).rounded(), -highest), highest) * scale - value
        return sum + miss * miss
      }
      if error < best.error { best = (error, scale) }
    }
    return best.scale
  }

  /// The tensors of a file with those that are in rounded form as floats, in the place of their bytes.
  static func expanded(
    _ tensors: [RawTensor], metadata: [String: String]
  ) throws(FormatError) -> [RawTensor] {
    let notes = metadata.filter { $0.key.hasPrefix(prefix) }
    guard !notes.isEmpty else { return tensors }
    let known = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var replaced: [String: RawTensor] = [:]
    var used: Set<String> = []
    for (key, note) in notes {
      let name = String(key.dropFirst(prefix.count))
      guard let codes = known[name + ".rounded"], let scales = known[name + ".scales"] else {
        throw FormatError(.missing("its '.rounded' or '.scales'"), subject: "tensor '\(name)'")
      }
      do throws(FormatError) {
        replaced[codes.name] = try floats(name, note, codes, scales)
      } catch { throw error.about("tensor '\(name)'") }
      used.insert(scales.name)
    }
    return tensors.filter { !used.contains($0.name) }.map { replaced[$0.name] ?? $0 }
  }

  private static func floats(
    _ name: String, _ note: String, _ codes: RawTensor, _ scales: RawTensor
  ) throws(FormatError) -> RawTensor {
    let parts = note.split(separator: ":", omittingEmptySubsequences: false)
    let sizes = parts.count == 2 ? parts[1].split(separator: ",").map { Int($0) } : []
    let shape = sizes.compactMap(\.self)
    guard let bits = parts.first.flatMap({ Int($0) }), Self.bits.contains(bits), shape.count > 1,
      shape.count == sizes.count, let count = RawTensor.elementCount(of: shape), shape[0] > 0
    else { throw FormatError(.invalid("'\(note)' names no number of bits and shape of rows")) }
    let (rows, columns) = (shape[0], count / shape[0])
    // Bytes that exist bound the number of columns, so the products below cannot overflow.
    guard codes.elementType == .uint8, codes.shape.count == 2, codes.shape[0] == rows,
      columns <= codes.elementCount * 8, (columns * bits + 7) / 8 == codes.shape[1],
      scales.elementType == .float32, scales.shape == [rows]
    else { throw FormatError(.invalid("'\(note)' contradicts \(codes.shape) bytes, \(scales.shape) scales")) }
    let (bytes, factors, rowBytes) = (codes.packedBytes(), scales.floats(), codes.shape[1])
    let block = Allocation(byteCount: count * 4)
    let target = block.memory.bindMemory(to: Float.self)
    let (mask, middle) = (UInt16(1 << bits - 1), 1 << (bits - 1))
    for row in 0..<rows {
      try codes.bytes.waiter?.check()
      for column in 0..<columns {
        let bit = column * bits
        let place = row * rowBytes + bit / 8
        var pair = UInt16(bytes[place])
        if bit % 8 + bits > 8 { pair |= UInt16(bytes[place + 1]) << 8 }
        let code = Int(pair >> (bit % 8) & mask)
        target[row * columns + column] = Float(code - middle) * factors[row]
      }
    }
    return try RawTensor(name: name, elementType: .float32, shape: shape, bytes: ByteSlice(block))
  }
}
