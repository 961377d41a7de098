internal import CVector
import Glibc

/// A convolution, or a linear layer as a convolution of one tap over the batch's rows.
final class ConvolutionLayer: TrainingLayer {
  let output: TrainingValue
  let parameters: [TrainingParameter]
  private let input: TrainingInput
  private let weight: TrainingParameter
  private let bias: TrainingParameter?
  private let forwardPass: DNNLConvolution
  private let dataPass: DNNLConvolution?
  private let weightGradient: WeightGradient?
  private let packed: UnsafeMutableRawPointer
  private let packedForData: UnsafeMutableRawPointer?
  private let noBias: UnsafeMutableBufferPointer<Float>

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
    noBias = AlignedMemory.floats(geometry.outputs)
    let key = { (pass: DNNLConvolution.Pass) in
      DNNLConvolution.Key(
        geometry: geometry, pass: pass, format: output.format,
        hasBias: made.count > 1 && pass != .backwardData)
    }
    forwardPass = try device.convolution(key(.forward))
    packed = AlignedMemory.bytes(forwardPass.weightBytes)
    dataPass = input.wantsGradient ? try device.convolution(key(.backwardData)) : nil
    packedForData = dataPass.map { AlignedMemory.bytes($0.weightBytes) }
    weightGradient =
      isTrained
      ? try WeightGradient(
        geometry: geometry, format: output.format, hasBias: made.count > 1, device: device) : nil
  }

  deinit {
    free(packed)
    free(packedForData)
    free(noBias.baseAddress)
  }

  func forward(isTraining: Bool, seed: UInt64) throws {
    try forwardPass.pack(UnsafeMutableRawPointer(weight.start), into: packed)
    var pointers = [input.value.pointer, packed]
    if let bias { pointers.append(UnsafeMutableRawPointer(bias.start)) }
    try forwardPass.run(pointers + [output.pointer])
  }

  func backward() throws {
    guard let gradient = output.gradient else { return }
    try weightGradient?.run(
      input: input.value.pointer, gradient: gradient, weight: weight, bias: bias)
    if let dataPass, let packedForData {
      try dataPass.pack(UnsafeMutableRawPointer(weight.start), into: packedForData)
      try input.value.addGradient { try dataPass.run([gradient, packedForData, $0]) }
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
