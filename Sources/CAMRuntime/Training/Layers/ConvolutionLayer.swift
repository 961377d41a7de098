internal import CVector
import Glibc

/// A convolution, or a linear layer as a convolution of one tap over the batch's rows.
final class ConvolutionLayer: TrainingLayer {
  let output: TrainingValue
  let parameters: [TrainingParameter]
  private let input: TrainingInput
  private let weight: TrainingParameter
  private let bias: TrainingParameter?
  private let forwardPass: any ConvolutionPass
  private let dataPass: (any ConvolutionPass)?
  private let weightGradient: (any WeightGradient)?

  init(
    node: Node, geometry: ConvolutionGeometry, input: TrainingInput, output: TrainingValue, isTrained: Bool,
    device: Device
  ) throws {
    self.input = input
    self.output = output
    let made = node.operation.parameters.map {
      TrainingParameter(node: node, parameter: $0, isTrained: isTrained && $0.isTrainable)
    }
    parameters = made
    weight = made[0]
    bias = made.count > 1 ? made[1] : nil
    let hasBias = made.count > 1, format = output.format
    func pass(_ kind: DNNLConvolution.Pass) throws -> any ConvolutionPass {
      if let pass = WinogradConvolutionPass(geometry, kind, format: format, pool: device.pool) { return pass }
      return try LibraryConvolutionPass(
        geometry, kind, format: format, hasBias: hasBias && kind == .forward, device: device)
    }
    func slopes() throws -> any WeightGradient {
      if let slopes = WinogradWeightGradient(geometry: geometry, format: format, pool: device.pool) {
        return slopes
      }
      if let slopes = PairedWeightGradient(geometry: geometry, format: format, device: device) {
        return slopes
      }
      return try LibraryWeightGradient(
        geometry: geometry, format: format, hasBias: hasBias, device: device)
    }
    forwardPass = try pass(.forward)
    dataPass = input.wantsGradient ? try pass(.backwardData) : nil
    weightGradient = isTrained ? try slopes() : nil
  }

  func forward(isTraining: Bool, seed: UInt64) throws {
    try forwardPass.pack(weight.start)
    try forwardPass.run(input.value.pointer, bias: bias?.start, into: output.pointer)
  }

  func backward() throws {
    guard let gradient = output.gradient else { return }
    try weightGradient?.run(
      input: input.value.pointer, gradient: gradient, weight: weight, bias: bias)
    if let dataPass {
      try dataPass.pack(weight.start)
      try input.value.addGradient { try dataPass.run(gradient, bias: nil, into: $0) }
    }
  }
}

extension TrainingParameter {
  /// The first value; parameters have at least one.
  var start: UnsafeMutablePointer<Float> { Self.base(of: values) }
  /// The first element of the gradient.
  var gradientStart: UnsafeMutablePointer<Float> { Self.base(of: gradient) }

  private static func base(of buffer: UnsafeMutableBufferPointer<Float>) -> UnsafeMutablePointer<Float> {
    guard let base = buffer.baseAddress else { preconditionFailure("a parameter without memory") }
    return base
  }
}
