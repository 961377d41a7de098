import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

/// A net of `../shared/golden` with its weights, and the oracle's numbers for it.
struct GoldenNet {
  static let names = ["tiny_plain", "tiny_vgg", "tiny_res", "tiny_mobile", "tiny_dense", "tiny_incept"]

  let name: String
  let graph: Graph
  let layers: [String]
  let classes: [Int]
  private let numbers: StateDictionary

  init(_ name: String) throws {
    self.name = name
    let text = try Data(contentsOf: URL(fileURLWithPath: SharedFiles.golden(name + ".json")))
    let description = try JSONDecoder().decode(Description.self, from: text)
    let weights = try WeightFormatCatalog.read(path: SharedFiles.golden(name + ".safetensors"))
    numbers = try WeightFormatCatalog.read(path: SharedFiles.golden(name + ".golden.safetensors"))
    graph = try Self.graph(description, weights)
    layers = description.target_layers
    classes = description.classes_explained
  }

  /// The network's input for the net's picture.
  func input() throws -> Tensor {
    let raw = try #require(numbers["input"])
    return Tensor(Shape([1] + raw.shape), values: Array(raw.floats()))
  }

  /// The oracle's numbers of a name, nil where it has none.
  func numbers(_ path: String) -> [Float]? { numbers[path].map { Array($0.floats()) } }

  /// All names of numbers.
  var paths: [String] { numbers.tensors.map(\.name) }

  func layer(_ name: String) throws -> NodeID { try #require(graph.node(named: name)) }

  private struct Description: Decodable {
    struct Node: Decodable {
      enum Size: Decodable {
        case one(Int)
        case both([Int])
        init(from decoder: any Decoder) throws {
          let container = try decoder.singleValueContainer()
          if let value = try? container.decode(Int.self) {
            self = .one(value)
          } else {
            self = .both(try container.decode([Int].self))
          }
        }
        var extent: Extent {
          switch self {
          case .one(let value): Extent(value)
          case .both(let values): Extent(values[0], values[1])
          }
        }
      }
      let name: String
      let op: String
      let `in`: [String]
      let k: Size?
      let stride: Size?
      let pad: Int?
      let pads: [Int]?
      let dil: [Int]?
      let groups: Int?
      let ceil: Bool?
      let cip: Bool?
      let eps: Float?
      let p: Float?
    }
    let input: [Int]
    let nodes: [Node]
    let target_layers: [String]
    let classes_explained: [Int]
  }

  private static func graph(_ description: Description, _ weights: StateDictionary) throws -> Graph {
    var builder = GraphBuilder()
    var ids = ["input": try builder.input(shape: Shape(description.input))]
    var last = NodeID(index: 0)
    for node in description.nodes {
      func tensor(_ name: String) throws -> Tensor {
        let raw = try #require(weights["\(node.name).\(name)"], "\(node.name).\(name)")
        return Tensor(Shape(raw.shape), values: Array(raw.floats()))
      }
      let bias = weights["\(node.name).bias"] == nil ? nil : try tensor("bias")
      let padding = node.pads.map { Padding(top: $0[0], left: $0[1], bottom: $0[2], right: $0[3]) }
      let operation: any CAMRuntime.Operation
      switch node.op {
      case "conv":
        operation = Convolution(
          weight: try tensor("weight"), bias: bias, stride: node.stride?.extent ?? 1,
          padding: padding ?? .none, dilation: node.dil.map { Extent($0[0], $0[1]) } ?? 1,
          groups: node.groups ?? 1)
      case "fc": operation = Linear(weight: try tensor("weight"), bias: bias)
      case "bn":
        operation = BatchNorm(
          scale: try tensor("weight"), shift: try tensor("bias"), mean: try tensor("running_mean"),
          variance: try tensor("running_var"), epsilon: node.eps ?? 1e-5)
      case "maxpool":
        operation = MaxPool(
          kernel: node.k?.extent ?? 2, stride: node.stride?.extent,
          padding: Padding(node.pad ?? 0, node.pad ?? 0),
          ceilMode: node.ceil ?? false)
      case "avgpool":
        operation = AveragePool(
          kernel: node.k?.extent ?? 2, stride: node.stride?.extent,
          padding: Padding(node.pad ?? 0, node.pad ?? 0),
          ceilMode: node.ceil ?? false, countsPadding: node.cip ?? true)
      case "gap": operation = GlobalAveragePool()
      case "flatten": operation = Flatten(axis: 1)
      case "dropout": operation = Dropout(rate: node.p ?? 0.5)
      case "relu": operation = ReLU()
      case "relu6": operation = ReLU6()
      case "silu": operation = SiLU()
      case "hardswish": operation = HardSwish()
      case "hardsigmoid": operation = HardSigmoid()
      case "sigmoid": operation = Sigmoid()
      case "add": operation = Add()
      case "mul": operation = Multiply()
      case "concat": operation = Concat(axis: 1)
      default: throw UnknownOperation(name: node.op)
      }
      last = try builder.add(operation, try node.in.map { try #require(ids[$0]) }, name: node.name)
      ids[node.name] = last
    }
    return try builder.build(output: last)
  }

  struct UnknownOperation: Error { let name: String }
}
