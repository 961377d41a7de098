import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

@Suite("ONNX import")
struct ONNXImportTests {
  private func model(_ name: String) throws -> ONNXModel {
    try ONNXModel(path: "\(SharedFiles.checkout)/Tests/Fixtures/models/\(name).onnx")
  }

  private func graph(_ name: String) throws -> Graph { try ONNXImporter(try model(name)).graph().graph }

  @Test(
    "a damaged or foreign graph is refused with the node named",
    arguments: [
      ("cycle", "node 'second' (Relu, opset 17): it reads what it writes itself (a cycle)"),
      ("dangling", "node 'sum' (Add, opset 17): it reads 'nowhere', which nothing gives"),
      ("twice", "node 'second' (Neg, opset 17): 'a' is written by two nodes"),
      ("unknown", "node 'product' (Det, opset 17): the operation is not supported"),
      (
        "huge",
        "node 'fill' (ConstantOfShape, opset 17): 1073741824x1073741824x4 numbers, more than the 41943"
      ),
      (
        "batch-statistics",
        "node 'norm' (BatchNormalization, opset 17): not supported: batch normalisation in training mode"
      ),
      ("wide-integer", "node 'sum' (Add, opset 17): not supported: the integer 16777217"),
      ("outer-product", "node 'product' (MatMul, opset 17): 65536x65536 numbers, more than the 41943"),
      ("expansion", "node 'expand' (Expand, opset 17): 1048576x2x4096x4 numbers, more than the 41943"),
      ("repetition", "node 'tile' (Tile, opset 17): 1x1048576x1x1048576x1x1 numbers, more than the 41943"),
      ("doubling", "node 'double19' (Concat, opset 17): 8388608 numbers, more than the 41943"),
      ("long-range", "node 'range' (Range, opset 17): a range from 0.0 to 1.15"),
      (
        "hoard",
        "node 'fill4' (ConstantOfShape, opset 17): with this node 209715"
      ),
      ("inputs", "the model wants 2 inputs ('input', 'other'), one picture can be given"),
      ("no-output", "the model has no output"),
      ("endless", "node 'a' (Endless, opset 17): functions call each other without end"),
    ])
  func refused(_ name: String, _ message: String) throws {
    let model = try model(name)
    let error = #expect(throws: ONNXImportError.self) { try ONNXImporter(model).graph() }
    let text = try #require(error).description
    #expect(text.hasPrefix(message), "\(text)")
  }

  @Test(
    "shapes that exporters compute or fix leave the batch free",
    arguments: ["shape-chain", "fixed-batch", "class-token"])
  func freeBatch(_ name: String) throws {
    let graph = try graph(name)
    let network = try Network(graph)
    let pictures = Tensor([3, 2, 4, 4], values: (0..<96).map { Float($0 % 7) })
    let all = try #require(try network.forward(pictures)[graph.logits])
    #expect(all.shape == [3, 3])
    for entry in 0..<3 {
      let one = try #require(try network.forward(pictures.entries(entry..<entry + 1))[graph.logits])
      #expect(relativeError(one.values, all.entries(entry..<entry + 1).values) < 1e-6)
    }
  }

  @Test("a network that ONNX Runtime optimised for itself is said to be one")
  func optimised() {
    let error = ONNXImportError(
      .unsupportedOperation, node: "conv", operation: "com.microsoft.nchwc.Conv", opset: 15)
    #expect(
      error.description.hasPrefix(
        "node 'conv' (com.microsoft.nchwc.Conv, opset 15): an operation of ONNX Runtime's own"))
  }

  @Test("TensorFlow's folder is told by the file in it")
  func savedModel() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/saved-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func message() -> String {
      do {
        _ = try ModelLoader.model(folder) { _ throws(ModelError) in throw .option("none") }
        return "read"
      } catch { return "\(error)" }
    }
    #expect(message().contains("not a regular file but a directory"), "\(message())")
    try Data([8, 1, 0x12, 2, 0x0a, 0]).write(to: URL(fileURLWithPath: folder + "/saved_model.pb"))
    #expect(message().contains("saved_model.pb: not supported: TensorFlow's SavedModel"), "\(message())")
  }

  @Test("a product and a sum are one linear layer, and scores stand before the softmax")
  func productAndSum() throws {
    let graph = try graph("product-and-sum")
    let logits = graph[graph.logits]
    let linear = try #require(logits.operation as? Linear)
    #expect(linear.bias?.values == [1, -2, 3])
    #expect(graph.node(named: "fc") == graph.logits)
    #expect(graph.output == graph.node(named: "softmax"))
  }

  @Test("a token that is the same for every picture stands before each picture's own")
  func classToken() throws {
    let graph = try graph("class-token")
    let picture = (0..<32).map { Float($0 % 5) - 2 }
    let found = try #require(
      try Network(graph).forward(Tensor([1, 2, 4, 4], values: picture))[graph.logits])
    let all = [10, 20, 30, 40] + picture
    let expected = (0..<3).map { row in
      all.indices.reduce(Float(0)) { $0 + Float(36 * row + $1) / 10 * all[$1] }
    }
    #expect(relativeError(found.values, expected) < 1e-6)
  }

  @Test(
    "weights that the file computes from its own are weights", arguments: ["weight-norm", "weight-standard"])
  func knownOperands(_ name: String) throws {
    let graph = try graph(name)
    let id = try #require(graph.node(named: "conv"))
    let convolution = try #require(graph[id].operation as? Convolution)
    #expect(graph[id].inputs == [graph.input])
    for (row, gain) in [Float(1), 2, 3].enumerated() {
      let start = row * 18
      let direction = (start..<start + 18).map { Double($0 % 7 - 3) }
      let isStandard = name == "weight-standard"
      let mean = isStandard ? direction.reduce(0, +) / 18 : 0
      let squares = direction.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let size = (isStandard ? squares / 18 + 0.5 : squares).squareRoot()
      let expected = direction.map { Float(($0 - mean) / size) * gain }
      #expect(relativeError(Array(convolution.weight.values[start..<start + 18]), expected) < 1e-6)
    }
  }

  @Test("dropout in training mode is applied by its seed's mask, and said")
  func trainingDropout() throws {
    let imported = try ONNXImporter(try model("training-dropout")).graph()
    #expect(
      imported.notes == [
        "dropout is in training mode in 'drop': a fixed mask of seed 3 is applied; export in evaluation mode for real scores"
      ])
    let graph = imported.graph
    let kept = try #require(graph.node(named: "drop"))
    let network = try Network(graph)
    let pictures = Tensor.filled([2, 2, 4, 4], with: 3)
    let found = try #require(try network.forward(pictures, keeping: [kept])[kept]).values
    let mask = SeededDropout(rate: 0.25, seed: 3, count: 32).mask.values
    #expect(found == (mask + mask).map { $0 * 4 })
    #expect(try ONNXImporter(try model("functions")).graph().notes.isEmpty)
  }

  @Test("pictures whose channels come last are taken with their channels first")
  func channelsLast() throws {
    let imported = try ONNXImporter(try model("channels-last")).graph()
    #expect(imported.channelsLast)
    #expect(imported.graph[imported.graph.input].shape == [1, 3, 8, 4])
    // Two transpositions that cancel leave one node that nothing reads.
    #expect(
      imported.graph.ancestors(of: imported.graph.logits).allSatisfy {
        !(imported.graph[$0].operation is Transpose)
      })
  }

  @Test("functions of the file are run with their caller's attributes")
  func functions() throws {
    let graph = try graph("functions")
    let picture = Tensor([1, 2, 4, 4], values: (0..<32).map { Float($0) - 16 })
    let result = try #require(graph.node(named: "b"))
    let values = try Network(graph).forward(picture, keeping: [result])
    func twice(_ x: Float, _ slope: Float) -> Float { (x < 0 ? x * slope : x) + x }
    let expected = picture.values.map { twice(twice($0, 0.5), 0.25) }
    let found = try #require(values[result])
    #expect(found.values == expected)
  }

  @Test("every operator set from 9 to 21 gives ONNX Runtime's scores")
  func operatorSets() throws {
    let text = try String(
      contentsOfFile: "\(SharedFiles.checkout)/Tests/Fixtures/models/opsets.txt", encoding: .utf8)
    let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines.compactMap { Int($0[0]) } == Array(9...21))
    for line in lines {
      let expected = line.dropFirst().compactMap { Float($0) }
      try expectScores(expected, of: "opset\(line[0])")
      if line[0] == "17" { try expectScores(expected, of: "outside") }
    }
  }

  private func expectScores(_ expected: [Float], of name: String) throws {
    let graph = try graph(name)
    let values: [Float] = (0..<1938).map { index in Float(Double(index % 23) / 11 - 1) }
    let picture = Tensor([2, 3, 19, 17], values: values)
    let found = try #require(try Network(graph).forward(picture)[graph.output])
    #expect(found.shape == [2, 5] && expected.count == 10)
    #expect(relativeError(found.values, expected) < 1e-5, "\(name)")
  }

  @Test(
    "a quantised network is said to be one",
    arguments: ["QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv"])
  func quantised(_ operation: String) throws {
    let error = ONNXImportError(.unsupportedOperation, node: "q", operation: operation, opset: 13)
    #expect(error.description.contains("give the network as it was before its quantisation"))
    let other = ONNXImportError(.unsupportedOperation, node: "q", operation: "Other", opset: 13)
    #expect(other.description.hasSuffix("the operation is not supported"))
  }
}
