internal import CVector

/// Between a value's own order and format and plain floats.
extension TrainingValue {
  /// Takes over `[N, C, H, W]` in row-major order.
  func writePlanes(_ source: UnsafeMutableBufferPointer<Float>) {
    guard let base = source.baseAddress else { return }
    switch format {
    case .float32: Self.innermost(base, floats, shape)
    case .bfloat16:
      let turned = pool.take(bytes: count * MemoryLayout<Float>.stride)
      defer { pool.give(turned.base, capacity: turned.capacity) }
      Self.innermost(base, turned.base.floats, shape)
      cv_to_bfloat16(turned.base.floats, halves, count)
    }
  }

  /// Writes plain floats in this value's order to memory of this value's format.
  func write(_ source: UnsafeMutableBufferPointer<Float>, to target: UnsafeMutableRawPointer) {
    switch format {
    case .float32:
      _ = UnsafeMutableBufferPointer(start: target.floats, count: count).update(fromContentsOf: source)
    case .bfloat16: cv_to_bfloat16(source.baseAddress, target.halves, count)
    }
  }

  /// The values as plain floats in this value's order.
  func read(into target: UnsafeMutableBufferPointer<Float>) {
    Self.read(pointer, format, into: target)
  }

  /// Memory of this format as plain floats.
  static func read(
    _ source: UnsafeMutableRawPointer, _ format: ElementFormat, into target: UnsafeMutableBufferPointer<Float>
  ) {
    switch format {
    case .float32:
      _ = target.update(fromContentsOf: UnsafeBufferPointer(start: source.floats, count: target.count))
    case .bfloat16: cv_from_bfloat16(source.halves, target.baseAddress, target.count)
    }
  }

  /// Whether every element is a finite number.
  var isFinite: Bool {
    switch format {
    case .float32: (0..<count).allSatisfy { floats[$0].isFinite }
    case .bfloat16: (0..<count).allSatisfy { halves[$0] & 0x7F80 != 0x7F80 }
    }
  }

  private static func innermost(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ shape: Shape
  ) {
    guard shape.rank == 4 else { return target.update(from: source, count: shape.count) }
    cv_transpose(source, target, shape[0], shape[1], shape[2] * shape[3])
  }
}
