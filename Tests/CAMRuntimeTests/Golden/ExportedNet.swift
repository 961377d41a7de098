import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

/// One of the shared tiny nets with its reference numbers.
struct ExportedNet {
  static let names = ["plain", "vgg", "res", "mobile", "dense", "incept"].map { "tiny_" + $0 }

  let name: String
  let folder: String
  let description: Description
  let numbers: StateDictionary

  /// What the tests read of the net's JSON description.
  struct Description: Decodable {
    struct Export: Decodable {
      let value_of_node: [String: String]
    }
    let shapes: [String: [Int]]
    let target_layers: [String]
    let classes_explained: [Int]
    let onnx: [String: Export]
  }

  init(_ name: String) throws {
    self.name = name
    folder = try #require(SharedFiles.directory) + "/golden/"
    let json = try Data(contentsOf: URL(fileURLWithPath: folder + name + ".json"))
    description = try JSONDecoder().decode(Description.self, from: json)
    numbers = try WeightFormatCatalog.read(path: folder + name + ".golden.safetensors")
  }

  /// The model in `name` + `suffix`; `.pth` and `.safetensors` go with the JSON description.
  func model(_ suffix: String) throws -> Model {
    var options = ModelOptions()
    var path = folder + name + suffix
    if !suffix.hasSuffix(".onnx") {
      options.weights = path
      path = folder + name + ".json"
    }
    return try ModelLoader.model(path, options: options) { _ throws(ModelError) in throw .option("none") }
  }

  /// The node of `graph` that has the value of a node of the description; nil where the file lost it.
  func node(_ name: String, of graph: Graph, _ suffix: String) -> NodeID? {
    guard let export = description.onnx[self.name + suffix] else { return graph.node(named: name) }
    return export.value_of_node[name].flatMap { graph.node(named: $0) }
  }
}
