import CAMRuntime
import Foundation
import Testing

@Suite("robustness") struct RobustnessTests {
  private func crossEntropy(
    _ net: RandomNet, _ network: Network, _ input: Tensor, _ target: Int
  ) throws -> Double {
    let logits = try network.forward(input)[net.graph.logits]?.values.map(Double.init) ?? []
    let greatest = logits.max() ?? 0
    return log(logits.reduce(0) { $0 + exp($1 - greatest) }) + greatest - logits[target]
  }

  @Test(
    "the gradient of the loss is what finite differences say",
    arguments: [RandomNet.Tail.smooth, .flattenedHidden])
  func lossGradient(tail: RandomNet.Tail) throws {
    let net = try RandomNet(tail, seed: 4)
    let network = try Network(net.graph)
    let (gradient, logits) = try network.lossGradient(net.input, target: 2)
    #expect(logits.count == net.classes)
    var random = SeededGenerator(seed: 9)
    let direction = net.input.values.map { _ in Float(random.normal()) }
    func moved(_ step: Float) -> Tensor {
      Tensor(net.input.shape, values: zip(net.input.values, direction).map { $0 + step * $1 })
    }
    let step: Float = 1e-3
    let measured =
      (try crossEntropy(net, network, moved(step), 2) - crossEntropy(net, network, moved(-step), 2))
      / Double(2 * step)
    let said = zip(gradient.values, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(said - measured) < 0.02 * max(abs(measured), 0.1), "\(said) against \(measured)")
  }

  @Test("where each class has its own probability, the loss is that of the class alone", arguments: [1, 3])
  func sigmoidLoss(classes: Int) throws {
    var random = SeededGenerator(seed: 6)
    let weight = Tensor([classes, 12], values: (0..<12 * classes).map { _ in Float(random.normal()) })
    var builder = GraphBuilder()
    var x = try builder.add(Flatten(), try builder.input(shape: [1, 3, 2, 2]), name: "row")
    x = try builder.add(Linear(weight: weight), x, name: "fc")
    if classes > 1 { x = try builder.add(Sigmoid(), x, name: "each") }
    let network = try Network(builder.build(output: x))
    let input = Tensor([1, 3, 2, 2], values: (0..<12).map { _ in Float(random.normal()) })
    for target in 0..<classes {
      let (gradient, scores) = try network.lossGradient(input, target: target)
      // d(-log sigmoid(s)) / ds = sigmoid(s) - 1
      let share = 1 / (1 + exp(-scores[target])) - 1
      let wanted = weight.values[12 * target..<12 * target + 12].map { $0 * Float(share) }
      expectClose(gradient.values, wanted, within: 1e-5, floor: 0.1)
    }
  }

  @Test("shuffling keeps each tensor's values, touches only the chosen nodes, and is repeatable")
  func shuffling() throws {
    let net = try RandomNet(.pooledTwoLinear, seed: 1)
    let chosen = net.graph.dependents(of: net.layer)
    let first = try net.graph.shufflingWeights(of: chosen, seed: 3)
    let second = try net.graph.shufflingWeights(of: chosen, seed: 3)
    let other = try net.graph.shufflingWeights(of: chosen, seed: 4)
    #expect(first.count == 2)
    var moved = 0
    for node in net.graph.nodes {
      let id = node.id
      for (place, parameter) in node.operation.parameters.enumerated() {
        let now = first.graph[id].operation.parameters[place].tensor.values
        #expect(now == second.graph[id].operation.parameters[place].tensor.values)
        guard chosen.contains(id), parameter.tensor.shape.rank >= 2 else {
          #expect(now == parameter.tensor.values)
          continue
        }
        #expect(now.sorted() == parameter.tensor.values.sorted())
        #expect(now != other.graph[id].operation.parameters[place].tensor.values)
        if now != parameter.tensor.values { moved += 1 }
      }
    }
    #expect(moved == 2)
  }
}
