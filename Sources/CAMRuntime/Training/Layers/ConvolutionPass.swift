internal import CVector
import Glibc

/// A convolution's forward pass or the gradient of its input, with weights that change from step to step.
protocol ConvolutionPass: AnyObject {
  /// Takes over weights in the order of a state dictionary.
  func pack(_ weights: UnsafeMutablePointer<Float>) throws(DNNLError)
  /// Computes from the input, or the gradient of the result, in a training value's format.
  func run(
    _ source: UnsafeMutableRawPointer, bias: UnsafeMutablePointer<Float>?,
    into target: UnsafeMutableRawPointer
  ) throws(DNNLError)
}

/// oneDNN's pass.
final class LibraryConvolutionPass: ConvolutionPass {
  private let convolution: DNNLConvolution
  private let packed: UnsafeMutableRawPointer

  init(
    _ geometry: ConvolutionGeometry, _ pass: DNNLConvolution.Pass, format: ElementFormat, hasBias: Bool,
    device: Device
  ) throws(DNNLError) {
    convolution = try device.convolution(
      DNNLConvolution.Key(geometry: geometry, pass: pass, format: format, hasBias: hasBias))
    packed = AlignedMemory.bytes(convolution.weightBytes)
  }

  deinit { free(packed) }

  func pack(_ weights: UnsafeMutablePointer<Float>) throws(DNNLError) {
    try convolution.pack(UnsafeMutableRawPointer(weights), into: packed)
  }

  func run(
    _ source: UnsafeMutableRawPointer, bias: UnsafeMutablePointer<Float>?,
    into target: UnsafeMutableRawPointer
  ) throws(DNNLError) {
    var pointers = [source, packed]
    if let bias { pointers.append(UnsafeMutableRawPointer(bias)) }
    try convolution.run(pointers + [target])
  }
}

/// Winograd's form on pairs of 16-bit floats, which needs four ninths of the multiplications.
final class WinogradConvolutionPass: ConvolutionPass {
  private let shape: cv_paired_winograd
  private let isForward: Bool
  private let pool: BufferPool
  private let packed: UnsafeMutablePointer<UInt16>

  /// Nil where the convolution has no such form on this processor.
  init?(
    _ geometry: ConvolutionGeometry, _ pass: DNNLConvolution.Pass, format: ElementFormat, pool: BufferPool
  ) {
    guard let forward = geometry.pairedWinograd(format) else { return nil }
    isForward = pass == .forward
    shape = isForward ? forward : forward.turned
    self.pool = pool
    let count = cv_paired_winograd_packed_count(shape.outputs, shape.c)
    packed = AlignedMemory.bytes(count * MemoryLayout<UInt16>.stride).halves
  }

  deinit { free(packed) }

  func pack(_ weights: UnsafeMutablePointer<Float>) {
    if isForward {
      cv_paired_winograd_pack(weights, packed, shape.outputs, shape.c)
    } else {
      cv_paired_winograd_pack_turned(weights, packed, shape.c, shape.outputs)
    }
  }

  func run(
    _ source: UnsafeMutableRawPointer, bias: UnsafeMutablePointer<Float>?,
    into target: UnsafeMutableRawPointer
  ) {
    var shape = shape
    let scratch = pool.take(bytes: cv_paired_winograd_scratch(&shape))
    defer { pool.give(scratch.base, capacity: scratch.capacity) }
    var finish = cv_finish(
      bias: bias, residual: nil, low: -.infinity, high: .infinity, narrow: 1, narrow_residual: 0)
    cv_paired_winograd_run(&shape, source.halves, packed, &finish, target, scratch.base)
  }
}

extension ConvolutionGeometry {
  /// Fewer tiles do not pay for the transformation of the weights.
  private static let fewestTiles = 128

  /// The convolution in Winograd's form on pairs of 16-bit floats, where there is one and it pays.
  func pairedWinograd(_ format: ElementFormat) -> cv_paired_winograd? {
    guard format == .bfloat16, groups == 1, kernel == 3, stride == 1, dilation == 1 else { return nil }
    var shape = cv_paired_winograd(
      batch: batch, h: input.height, w: input.width, c: inputs, oh: output.height, ow: output.width,
      outputs: outputs, top: padding.top, left: padding.left)
    let tiles = batch * ((output.height + 1) / 2) * ((output.width + 1) / 2)
    return tiles >= Self.fewestTiles && cv_paired_winograd_fits(&shape) != 0 ? shape : nil
  }
}

extension cv_paired_winograd {
  /// The convolution that gives the gradient of the input.
  fileprivate var turned: cv_paired_winograd {
    cv_paired_winograd(
      batch: batch, h: oh, w: ow, c: outputs, oh: h, ow: w, outputs: c, top: 2 - top, left: 2 - left)
  }
}
