import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

/// The ONNX project's own tests of single operations, as `Tests/Oracle/onnx_cases.py` wrote them.
struct ONNXCase {
  let name: String
  let operation: String
  let isWanted: Bool
  let relative: Float
  let absolute: Float

  /// `CAMKERNEL_ONNX_CASES`, which `make test-onnx` sets, or among the oracle's exports.
  static let folder =
    ProcessInfo.processInfo.environment["CAMKERNEL_ONNX_CASES"] ?? (SharedFiles.oracle ?? "") + "/onnx-cases"

  static let all: [ONNXCase] = {
    guard let table = try? String(contentsOfFile: folder + "/cases.tsv", encoding: .utf8) else { return [] }
    return table.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: "\t").map(String.init)
      guard fields.count == 5, let relative = Float(fields[3]), let absolute = Float(fields[4]) else {
        return nil
      }
      return ONNXCase(
        name: fields[0], operation: fields[1], isWanted: fields[2] == "wanted", relative: relative,
        absolute: absolute)
    }
  }()

  enum Result {
    case passed
    case failed(String)
    case notSupported(String)
  }

  /// Imports the case's model, its inputs but the first bound as constants, runs it and compares each output.
  func run() throws -> Result {
    let path = "\(Self.folder)/\(name)/"
    let model = try ONNXModel(path: path + "model.onnx")
    var bindings: [String: RawTensor] = [:]
    var picture: RawTensor?
    for (index, input) in model.graph.inputs.enumerated() {
      let raw = try NumPyArray.read(path: path + "input_\(index).npy").renamed(input.name)
      if index == 0 { picture = raw } else { bindings[input.name] = raw }
    }
    guard let picture else { return .notSupported("no input") }
    let imported: ONNXGraphImport
    do throws(ONNXImportError) {
      imported = try ONNXImporter(model, batch: .fixed, bindings: bindings).graph(allOutputs: true)
    } catch {
      switch error.cause {
      case .unsupported, .unsupportedOperation, .notConstant, .inputs: return .notSupported("\(error)")
      default: return .failed("\(error)")
      }
    }
    let network = try Network(imported.graph)
    let found = try network.forward(Tensor(exactly: picture), keeping: Array(imported.outputs.values))
    for (index, output) in model.graph.outputs.enumerated() {
      guard let id = imported.outputs[output.name], let value = found[id] else {
        return .failed("no \(output.name)")
      }
      let expected = try NumPyArray.read(path: path + "output_\(index).npy")
      guard value.shape == Shape(expected.shape) else {
        return .failed("\(output.name) has the shape \(value.shape), \(Shape(expected.shape)) is wanted")
      }
      // A reference that was computed in 16 bits is off by units of its own last place.
      let relative = expected.elementType == .float16 ? max(relative, 0x1p-9) : relative
      for (number, reference) in zip(value.values, expected.floats()) {
        let isNear = abs(number - reference) <= absolute + relative * abs(reference)
        guard isNear || number == reference || (number.isNaN && reference.isNaN) else {
          return .failed("\(output.name): \(number) where \(reference) is wanted")
        }
      }
    }
    return .passed
  }
}

@Suite("ONNX project's tests of operations", .enabled(if: !ONNXCase.all.isEmpty), .serialized)
struct ONNXCaseTests {
  @Test("the operations that the engine undertakes to run all pass")
  func wanted() throws {
    var passed = 0
    for item in ONNXCase.all where item.isWanted {
      switch try item.run() {
      case .passed: passed += 1
      case .failed(let reason): Issue.record("\(item.name): \(reason)")
      case .notSupported(let reason): Issue.record("not supported: \(item.name): \(reason)")
      }
    }
    print("passed: \(passed) of \(ONNXCase.all.count { $0.isWanted })")
    #expect(passed > 390)
  }

  @Test("no other case gives a wrong value or stops the process")
  func others() throws {
    var passed = 0
    for item in ONNXCase.all where !item.isWanted {
      switch try item.run() {
      case .passed: passed += 1
      case .failed(let reason): Issue.record("\(item.name): \(reason)")
      case .notSupported(let reason): print("besides \(item.operation): \(item.name): \(reason)")
      }
    }
    print("passed besides: \(passed) of \(ONNXCase.all.count { !$0.isWanted })")
    #expect(passed > 500)
  }
}
