import CAMRuntime
import Foundation
import ModelIO
import TestSupport

/// One of the ONNX project's own cases of a single operation, as `Tests/Oracle/onnx_cases.py` writes them.
struct ONNXCase {
  /// What became of a case.
  enum Outcome: Equatable {
    case passed
    /// The first of several outputs is right; the importer does not give the others.
    case passedFirst
    /// The importer says that it does not take such a model, and why.
    case unsupported(String)
    /// The model was taken and gave other values, or none.
    case wrong(String)
  }

  let name: String
  let operation: String
  /// Whether the operation is one that the engine undertakes to run.
  let wanted: Bool
  let relativeTolerance: Float
  let absoluteTolerance: Float
  let folder: String

  /// The folder of all cases, which `make test-onnx` names in `CAMKERNEL_ONNX_CASES`.
  static let root: String? = ProcessInfo.processInfo.environment["CAMKERNEL_ONNX_CASES"]

  /// All cases, in the order of their names.
  static func all() throws -> [ONNXCase] {
    guard let root else { return [] }
    let table = try String(contentsOfFile: root + "/cases.tsv", encoding: .utf8)
    return table.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: "\t").map(String.init)
      guard fields.count == 5, let relative = Float(fields[3]), let absolute = Float(fields[4]) else {
        return nil
      }
      return ONNXCase(
        name: fields[0], operation: fields[1], wanted: fields[2] == "wanted", relativeTolerance: relative,
        absoluteTolerance: absolute, folder: root + "/" + fields[0])
    }
  }

  /// Imports the model with all inputs but the first bound to their values, runs it and compares every output.
  func run() -> Outcome {
    let model: ONNXModel
    var inputs: [RawTensor] = []
    do {
      model = try ONNXModel(path: folder + "/model.onnx")
      for index in model.graph.inputs.indices {
        let value = try NumPyArray.read(path: "\(folder)/input_\(index).npy")
        inputs.append(
          try RawTensor(
            name: model.graph.inputs[index].name, elementType: value.elementType, shape: value.shape,
            strides: value.strides, bytes: value.bytes))
      }
    } catch { return .unsupported("\(error)") }
    guard let data = inputs.first else { return .unsupported("the model has no input") }
    let onlyMoves = ["Pad", "MaxPool"].contains(operation)
    guard [.float32, .float64, .float16].contains(data.elementType) || onlyMoves else {
      return .unsupported("the first input holds \(data.elementType)")
    }
    var bindings: [String: RawTensor] = [:]
    for value in inputs.dropFirst() { bindings[value.name] = value }
    do {
      let imported = try ONNXImporter(model, batch: .fixed, bindings: bindings).graph(allOutputs: true)
      return compare(imported, model.graph.outputs, Tensor(file: data)) ?? .passed
    } catch let refusal {
      guard model.graph.outputs.count > 1,
        let imported = try? ONNXImporter(model, batch: .fixed, bindings: bindings).graph()
      else { return .unsupported("\(refusal)") }
      return compare(imported, Array(model.graph.outputs.prefix(1)), Tensor(file: data)) ?? .passedFirst
    }
  }

  /// What is wrong with the outputs, if anything.
  private func compare(
    _ imported: ONNXGraphImport, _ outputs: [ONNXValueInfo], _ data: Tensor
  ) -> Outcome? {
    do {
      let network = try Network(imported.graph)
      let values = try network.forward(data, keeping: outputs.compactMap { imported.outputs[$0.name] })
      for (index, output) in outputs.enumerated() {
        guard let id = imported.outputs[output.name], let found = values[id] else {
          return .wrong("no value for output '\(output.name)'")
        }
        let expected = try NumPyArray.read(path: "\(folder)/output_\(index).npy")
        if let difference = difference(found, expected) { return .wrong("\(output.name): \(difference)") }
      }
      return nil
    } catch { return .wrong("\(error)") }
  }

  private func difference(_ found: Tensor, _ expected: RawTensor) -> String? {
    guard found.shape == Shape(expected.shape) else {
      return "shape \(found.shape), expected \(expected.shape)"
    }
    for (index, (value, reference)) in zip(found.values, expected.floats()).enumerated() {
      if value == reference || (value.isNaN && reference.isNaN) { continue }
      let allowed = absoluteTolerance + relativeTolerance * abs(reference)
      if !(abs(value - reference) <= allowed) { return "\(value) at \(index), expected \(reference)" }
    }
    return nil
  }
}
