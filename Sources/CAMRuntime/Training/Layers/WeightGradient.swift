internal import CVector
import Glibc

/// The gradient of a convolution's weights, in the rows of a state dictionary, and of its bias.
protocol WeightGradient: AnyObject {
  /// Writes the gradients of weights and bias for an input and the gradient of its result.
  func run(
    input: UnsafeMutableRawPointer, gradient: UnsafeMutableRawPointer, weight: TrainingParameter,
    bias: TrainingParameter?
  ) throws
}

/// oneDNN's own pass, or, for steps of more than one pixel in bfloat16, where that pass reaches an eighth of the
/// processor's speed, its product with the windows' taps laid side by side.
final class LibraryWeightGradient: WeightGradient {
  private let geometry: ConvolutionGeometry
  private let format: ElementFormat
  private let pool: BufferPool
  private let pass: DNNLConvolution
  private let packed: UnsafeMutableRawPointer
  private let turned: UnsafeMutableBufferPointer<Float>?

  init(geometry: ConvolutionGeometry, format: ElementFormat, hasBias: Bool, device: Device) throws {
    self.geometry = geometry
    self.format = format
    pool = device.pool
    let isGathered =
      format == .bfloat16 && geometry.groups == 1 && (geometry.stride.height > 1 || geometry.stride.width > 1)
    let problem = isGathered ? geometry.asProduct : geometry
    pass = try device.convolution(
      DNNLConvolution.Key(geometry: problem, pass: .backwardWeights, format: format, hasBias: hasBias))
    packed = AlignedMemory.bytes(pass.weightBytes)
    turned = isGathered ? AlignedMemory.floats(geometry.weightShape.count) : nil
  }

  deinit {
    free(packed)
    free(turned?.baseAddress)
  }

  func run(
    input: UnsafeMutableRawPointer, gradient: UnsafeMutableRawPointer, weight: TrainingParameter,
    bias: TrainingParameter?
  ) throws {
    let more = bias.map { [UnsafeMutableRawPointer($0.gradientStart)] } ?? []
    guard let turned, let start = turned.baseAddress else {
      try pass.run([input, gradient, packed] + more)
      return try pass.unpacked(packed, to: UnsafeMutableRawPointer(weight.gradientStart))
    }
    let problem = geometry.asProduct
    let block = pool.take(bytes: problem.sourceShape.count * format.bytes)
    defer { pool.give(block.base, capacity: block.capacity) }
    var window = geometry.window
    switch format {
    case .float32: cv_gather_taps(&window, input.floats, block.base.floats)
    case .bfloat16: cv_gather_taps_b(&window, input.halves, block.base.halves)
    }
    try pass.run([block.base, gradient, packed] + more)
    try pass.unpacked(packed, to: UnsafeMutableRawPointer(start))
    let taps = geometry.kernel.height * geometry.kernel.width
    cv_transpose(start, weight.gradientStart, geometry.outputs, taps, geometry.inputs)
  }
}

/// Winograd's form on pairs of 16-bit floats, as the forward pass has it.
final class WinogradWeightGradient: WeightGradient {
  private let shape: cv_paired_winograd
  private let pool: BufferPool

  /// Nil where the convolution has no such form on this processor.
  init?(geometry: ConvolutionGeometry, format: ElementFormat, pool: BufferPool) {
    guard let shape = geometry.pairedWinograd(format) else { return nil }
    self.shape = shape
    self.pool = pool
  }

  func run(
    input: UnsafeMutableRawPointer, gradient: UnsafeMutableRawPointer, weight: TrainingParameter,
    bias: TrainingParameter?
  ) {
    var shape = shape
    let scratch = pool.take(bytes: cv_paired_winograd_slopes_scratch(&shape))
    defer { pool.give(scratch.base, capacity: scratch.capacity) }
    cv_paired_winograd_slopes(
      &shape, input.halves, gradient.halves, weight.gradientStart, bias?.gradientStart, scratch.base)
  }
}

/// Products of pairs of 16-bit floats, tap by tap, for any other window.
final class PairedWeightGradient: WeightGradient {
  /// Fewer pixels do not pay for sums of their own on each thread, nor may those take more floats.
  private static let (fewestPixels, mostSums) = (2048, 8 << 20)

  private let window: cv_window
  private let outputs: Int
  private let pool: BufferPool

  /// Nil where the convolution has no such form on this processor or it does not pay.
  init?(geometry: ConvolutionGeometry, format: ElementFormat, device: Device) {
    var window = geometry.window
    guard format == .bfloat16, geometry.groups == 1, cv_paired_slopes_fit(&window, geometry.outputs) != 0,
      geometry.batch * geometry.output.height * geometry.output.width >= Self.fewestPixels * device.threads,
      geometry.weightShape.count * device.threads <= Self.mostSums
    else { return nil }
    self.window = window
    outputs = geometry.outputs
    pool = device.pool
  }

  func run(
    input: UnsafeMutableRawPointer, gradient: UnsafeMutableRawPointer, weight: TrainingParameter,
    bias: TrainingParameter?
  ) {
    var window = window
    let scratch = pool.take(bytes: cv_paired_slopes_scratch(&window, outputs))
    defer { pool.give(scratch.base, capacity: scratch.capacity) }
    cv_paired_slopes(
      &window, outputs, input.halves, gradient.halves, weight.gradientStart, bias?.gradientStart, scratch.base
    )
  }
}

extension ConvolutionGeometry {
  /// The same convolution of one tap, whose channels are all taps of a window.
  fileprivate var asProduct: ConvolutionGeometry {
    let rows = Extent(batch * output.height * output.width, 1)
    return ConvolutionGeometry(
      batch: 1, inputs: kernel.height * kernel.width * inputs, outputs: outputs, groups: 1, input: rows,
      output: rows, kernel: 1, stride: 1, dilation: 1, padding: 0)
  }

  fileprivate var window: cv_window {
    Window(kernel: kernel, stride: stride, padding: padding, dilation: dilation)
      .loop(sourceShape, targetShape)
  }
}
