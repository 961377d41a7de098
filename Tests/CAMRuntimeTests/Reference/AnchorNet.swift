import CAMRuntime
import Foundation
import TestSupport
import Testing

/// The two tiny nets whose weights are integer formulas (`anchors/anchors_tiny.json`), and their numbers.
struct AnchorNet {
  let graph: Graph
  let layer: NodeID
  let input: Tensor
  let numbers: [String: Any]
  let peer: [String: Any]
  let classIndex: Int

  init(_ name: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: SharedFiles.golden("anchors/anchors_tiny.json")))
    let all = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let own = try #require(all[name] as? [String: Any])
    numbers = try #require(own["m"] as? [String: Any])
    peer = try #require(own["pytorch_grad_cam_normalised_6x6"] as? [String: Any])
    classIndex = try #require(own["class"] as? Int)

    input = Self.formula([1, 3, 6, 6]) { Double((($0 * 13 + 5) % 17) - 4) / 8 }
    var builder = GraphBuilder()
    let start = try builder.input(shape: [1, 3, 6, 6])
    let convolution = try builder.add(
      Convolution(
        weight: Self.formula([4, 3, 3, 3]) { Double((($0 * 37 + 11) % 23) - 11) / 20 },
        bias: Tensor([4], values: [0.1, -0.2, 0.05, -0.6]), padding: 1), start, name: "conv")
    let relu = try builder.add(ReLU(), convolution, name: "relu")
    layer = try builder.add(MaxPool(kernel: 2), relu, name: "pool")
    let last: NodeID
    if name == "gap" {
      let pooled = try builder.add(GlobalAveragePool(), layer, name: "gap")
      let flat = try builder.add(Flatten(axis: 1), pooled, name: "flatten")
      last = try builder.add(
        Linear(
          weight: Self.formula([3, 4]) { Double((($0 * 7 + 3) % 19) - 9) / 20 },
          bias: Tensor([3], values: [0.3, -0.1, 0.2])), flat, name: "fc")
    } else {
      let flat = try builder.add(Flatten(axis: 1), layer, name: "flatten")
      let hidden = try builder.add(
        Linear(
          weight: Self.formula([5, 36]) { Double((($0 * 29 + 7) % 31) - 15) / 80 },
          bias: Tensor([5], values: [0.2, -0.1, 0, 0.1, -0.3])), flat, name: "fc1")
      let rectified = try builder.add(ReLU(), hidden, name: "relu1")
      last = try builder.add(
        Linear(
          weight: Self.formula([3, 5]) { Double((($0 * 5 + 2) % 13) - 6) / 20 },
          bias: Tensor([3], values: [0.5, 0.1, -0.2])), rectified, name: "fc2")
    }
    graph = try builder.build(output: last)
  }

  static func formula(_ shape: Shape, _ value: (Int) -> Double) -> Tensor {
    Tensor(shape, values: (0..<shape.count).map { Float(value($0)) })
  }

  /// The anchors of a name as one row.
  func values(_ key: String) throws -> [Float] { try Self.flat(try #require(numbers[key])) }

  /// pytorch-grad-cam's scaled map of a name as one row.
  func peerMap(_ key: String) throws -> [Float] { try Self.flat(try #require(peer[key])) }

  private static func flat(_ value: Any) throws -> [Float] {
    if let list = value as? [Any] { return try list.flatMap(flat) }
    return [Float(try #require(value as? Double))]
  }
}
