import CAMRuntime
import Testing

/// Layers that training computes in ways of its own, against differences of the loss and against each other.
@Suite("layers of training") struct TrainingLayerTests {
  private static let labels = [0, 1, 2]

  /// Convolutions with steps of two, an overlapping max pool with padding between them.
  private func network(_ precision: Precision) throws -> TrainingNetwork {
    var generator = SeededGenerator(seed: 9)
    func random(_ shape: Shape, _ scale: Double) -> Tensor {
      Tensor(shape, values: (0..<shape.count).map { _ in Float(generator.normal() * scale) })
    }
    var net = GraphBuilder()
    var x = try net.input(shape: [1, 3, 13, 13])
    x = try net.add(
      Convolution(weight: random([20, 3, 3, 3], 0.3), bias: random([20], 0.1), stride: 2, padding: 1), x,
      name: "first")
    x = try net.add(MaxPool(kernel: 3, stride: 2, padding: 1), x, name: "pool")
    x = try net.add(
      Convolution(weight: random([6, 20, 3, 3], 0.1), stride: Extent(2, 1), padding: 1), x, name: "second")
    x = try net.add(Flatten(), x, name: "flat")
    x = try net.add(Linear(weight: random([3, 48], 0.3), bias: random([3], 0.1)), x, name: "fc")
    let network = try TrainingNetwork(net.build(output: x), batch: 3, precision: precision)
    for index in network.input.indices { network.input[index] = Float(generator.normal()) }
    return network
  }

  @Test("gradients are the loss's differences, through overlapping windows and steps of two")
  func differences() throws {
    let network = try network(.float32)
    _ = try network.step(labels: Self.labels)
    for parameter in network.parameters {
      let found = Array(parameter.gradient)
      let reach = found.reduce(0) { max($0, abs($1)) }
      for index in stride(from: 0, to: parameter.count, by: max(1, parameter.count / 12)) {
        let (value, step) = (parameter.values[index], Float(2e-3))
        parameter.values[index] = value + step
        let above = try network.step(labels: Self.labels).loss
        parameter.values[index] = value - step
        let below = try network.step(labels: Self.labels).loss
        parameter.values[index] = value
        let wanted = Float((above - below) / Double(2 * step))
        #expect(abs(found[index] - wanted) < 2e-2 * reach, "\(parameter.name)[\(index)]")
      }
    }
  }

  @Test("in bfloat16 the gradients of strided convolutions point the same way")
  func gathered() throws {
    let (exact, rounded) = (try network(.float32), try network(.bfloat16))
    _ = try exact.step(labels: Self.labels)
    _ = try rounded.step(labels: Self.labels)
    for (wanted, found) in zip(exact.parameters, rounded.parameters) {
      let (dot, own, other) = zip(found.gradient, wanted.gradient).reduce((Float(0), Float(0), Float(0))) {
        ($0.0 + $1.0 * $1.1, $0.1 + $1.0 * $1.0, $0.2 + $1.1 * $1.1)
      }
      #expect(dot / (own * other).squareRoot() > 0.995, "\(found.name)")
      #expect(abs((own / other).squareRoot() - 1) < 0.03, "\(found.name)")
    }
  }
}
