extension RawTensor {
  /// The numbers in row-major order as 32-bit floats.
  ///
  /// A contiguous, aligned float32 tensor is handed out as the file's own memory; everything else is
  /// converted into memory of its own. Where nobody waits for the file any more, the rest is left unwritten.
  package func floats() -> FloatBuffer {
    if isReadInPlace, let borrowed { return borrowed }
    switch elementType {
    case .float32 where isContiguous: return copied()
    case .float32: return converted(UInt32.self) { Float(bitPattern: $0) }
    case .float64: return converted(UInt64.self) { Float(Double(bitPattern: $0)) }
    case .float16: return converted(UInt16.self, Self.widened(half:))
    case .bfloat16: return converted(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .int8: return converted(Int8.self) { Float($0) }
    case .int16: return converted(Int16.self) { Float($0) }
    case .int32: return converted(Int32.self) { Float($0) }
    case .int64: return converted(Int64.self) { Float($0) }
    case .uint8: return converted(UInt8.self) { Float($0) }
    case .uint16: return converted(UInt16.self) { Float($0) }
    case .uint32: return converted(UInt32.self) { Float($0) }
    case .uint64: return converted(UInt64.self) { Float($0) }
    case .bool: return converted(UInt8.self) { $0 == 0 ? 0 : 1 }
    }
  }

  /// Whether `floats` needs no memory of its own.
  package var isReadInPlace: Bool { elementType == .float32 && isContiguous && borrowed != nil }

  /// The numbers in row-major order as integers; throws where the tensor holds fractions.
  package func integers() throws(FormatError) -> [Int] {
    switch elementType {
    case .int8: return gathered(Int8.self) { Int($0) }
    case .int16: return gathered(Int16.self) { Int($0) }
    case .int32: return gathered(Int32.self) { Int($0) }
    case .int64: return gathered(Int64.self) { Int($0) }
    case .uint8: return gathered(UInt8.self) { Int($0) }
    case .uint16: return gathered(UInt16.self) { Int($0) }
    case .uint32: return gathered(UInt32.self) { Int($0) }
    case .uint64: return try wide()
    case .bool: return gathered(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .float32, .float64, .float16, .bfloat16:
      throw FormatError(
        .invalid("integers expected, the element type is \(elementType.rawValue)"),
        subject: "tensor '\(name)'", offset: bytes.origin)
    }
  }

  /// Integers of 64 bits without a sign, where all fit into those with one.
  private func wide() throws(FormatError) -> [Int] {
    var excess: UInt64?
    visit(UInt64.self) { if $1 > Int.max { excess = excess ?? $1 } }
    if let excess {
      throw FormatError(
        .unsupported("the integer \(excess), which takes more than 63 bits"), subject: "tensor '\(name)'",
        offset: bytes.origin)
    }
    return gathered(UInt64.self) { Int($0) }
  }

  /// The elements' own bytes in row-major order without gaps; not copied where they lie so already.
  package func packedBytes() -> ByteSlice {
    let total = elementCount * elementType.size
    if isContiguous, let exact = bytes.slice(0..<total) { return exact }
    let block = Allocation(byteCount: total)
    func copy<Storage: FixedWidthInteger>(_ type: Storage.Type) {
      let target = block.memory.bindMemory(to: Storage.self)
      visit(type) { target[$0] = $1 }
    }
    switch elementType.size {
    case 1: copy(UInt8.self)
    case 2: copy(UInt16.self)
    case 4: copy(UInt32.self)
    default: copy(UInt64.self)
    }
    return ByteSlice(block).awaited(by: bytes.waiter)
  }

  private var borrowed: FloatBuffer? {
    bytes.withUnsafeBytes { memory in
      guard let start = memory.baseAddress, UInt(bitPattern: start) % 4 == 0 else { return nil }
      return FloatBuffer(
        owner: bytes.owner, pointer: start.assumingMemoryBound(to: Float.self), count: elementCount,
        isBorrowed: true)
    }
  }

  /// Floats that lie on odd places of their file, in memory of their own.
  private func copied() -> FloatBuffer {
    let buffer = FloatBuffer(count: elementCount) { target in
      bytes.withUnsafeBytes { source in
        _ = bytes.waiter.forEachPiece(of: elementCount) { piece in
          UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: target[piece])).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: source[4 * piece.lowerBound..<4 * piece.upperBound]))
        }
      }
    }
    bytes.letGo()
    return buffer
  }

  private func converted<Storage: FixedWidthInteger>(
    _ type: Storage.Type, _ widen: (Storage) -> Float
  ) -> FloatBuffer {
    let buffer = FloatBuffer(count: elementCount) { target in visit(type) { target[$0] = widen($1) } }
    if isContiguous { bytes.letGo() }
    return buffer
  }

  private func gathered<Storage: FixedWidthInteger>(
    _ type: Storage.Type, _ widen: (Storage) -> Int
  ) -> [Int] {
    [Int](unsafeUninitializedCapacity: elementCount) { target, count in
      visit(type) { target.initializeElement(at: $0, to: widen($1)) }
      count = elementCount
    }
  }

  /// Calls `body` for each element in row-major order, as long as somebody waits; the initialiser has checked
  /// every offset.
  @inline(__always)
  private func visit<Storage: FixedWidthInteger>(_ type: Storage.Type, _ body: (Int, Storage) -> Void) {
    let size = MemoryLayout<Storage>.size
    bytes.withUnsafeBytes { memory in
      if isContiguous {
        bytes.waiter.forEachPiece(of: elementCount) { piece in
          for index in piece {
            body(index, memory.loadUnaligned(fromByteOffset: index * size, as: Storage.self))
          }
        }
        return
      }
      let (rowLength, rowStride) = (shape[shape.count - 1], strides[shape.count - 1])
      var position = [Int](repeating: 0, count: shape.count - 1)
      var start = 0
      var index = 0
      var unasked = 0
      while index < elementCount {
        unasked += rowLength
        if unasked > Waiter.piece {
          if let waiter = bytes.waiter, waiter.isGone { return }
          unasked = 0
        }
        for column in 0..<rowLength {
          let offset = (start + column * rowStride) * size
          body(index + column, memory.loadUnaligned(fromByteOffset: offset, as: Storage.self))
        }
        index += rowLength
        for axis in position.indices.reversed() {
          position[axis] += 1
          start += strides[axis]
          if position[axis] < shape[axis] { break }
          start -= strides[axis] * shape[axis]
          position[axis] = 0
        }
      }
    }
  }

  /// IEEE half precision to single, exactly: shift the fields into place and let one product mend the bias.
  @inline(__always)
  private static func widened(half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let magnitude = UInt32(half & 0x7fff) << 13
    if half & 0x7c00 == 0x7c00 { return Float(bitPattern: sign | 0x7f80_0000 | magnitude) }
    let value = Float(bitPattern: magnitude) * Float(sign: .plus, exponent: 112, significand: 1)
    return Float(bitPattern: sign | value.bitPattern)
  }
}

extension RawTensor {
  /// The same numbers from big-endian bytes, in a copy without gaps.
  func byteSwapped() throws(FormatError) -> RawTensor {
    let packed = packedBytes()
    let size = elementType.size
    let block = Allocation(byteCount: packed.count)
    let isWhole = packed.withUnsafeBytes { source in
      bytes.waiter.forEachPiece(of: elementCount) { piece in
        for start in stride(from: piece.lowerBound * size, to: piece.upperBound * size, by: size) {
          for byte in 0..<size { block.memory[start + byte] = source[start + size - 1 - byte] }
        }
      }
    }
    guard isWhole else { throw FormatError(.interrupted) }
    return try RawTensor(
      name: name, elementType: elementType, shape: shape,
      bytes: ByteSlice(block).awaited(by: bytes.waiter))
  }
}
