import Foundation
import ModelIO
import Testing

@Suite("ONNX files")
struct ONNXTests {
  let model: ONNXModel

  init() throws { model = try ONNXModel(path: Fixture.path("modelio/mixed.onnx")) }

  @Test("constants of every element type, raw and typed, give NumPy's numbers")
  func constants() throws {
    try expectSame(
      try WeightFormatCatalog.read(path: Fixture.path("modelio/mixed.onnx")),
      as: "modelio/mixed.onnx.expected.safetensors")
  }

  @Test("the model's own facts are read")
  func facts() {
    #expect(model.opset == 17 && model.operatorSets["own"] == 1)
    #expect(model.producerName == "oracle" && model.metadata == ["classes": "cat,dog"])
    #expect(model.graph.inputs[0].shape == [.symbol("N"), .fixed(3), .unknown, .fixed(8)])
    #expect(model.graph.inputs[1].elementType == .bool && model.graph.inputs[1].shape == [])
    #expect(model.graph.outputs[0].shape == nil)
    #expect(model.graph.valueInfos.map(\.name) == ["y"])
  }

  @Test("nodes keep inputs, outputs and attributes of every kind")
  func nodes() throws {
    let conv = model.graph.nodes[0]
    #expect(conv.operation == "Conv" && conv.label == "conv" && conv.inputs == ["x", "raw.f32", ""])
    #expect(
      conv.integers("pads") == [1, 1, 1, 1] && conv.integer("group") == 1
        && conv.string("auto_pad") == "NOTSET")
    guard case .graph(let branch) = model.graph.nodes[1].attributes["then_branch"] else {
      Issue.record("no branch")
      return
    }
    #expect(branch.nodes[0].float("value_float") == 1)
    #expect(model.graph.nodes[1].label == "z")
    #expect(model.graph.nodes[2].float("alpha") == 0.25)
    let many = model.graph.nodes[4]
    #expect(many.floats("fs") == [1.5, 2.5])
    #expect(many.tensor("t").map { Array($0.floats()) } == [0, 1, 2])
    guard case .strings(["p", "q"]) = many.attributes["ss"] else {
      Issue.record("no strings")
      return
    }
  }

  @Test("a node finds the function it calls, whose body refers to the caller's attribute")
  func functions() throws {
    let twice = try #require(model.function(calledBy: model.graph.nodes[3]))
    #expect(twice.requiredAttributes == ["factor"] && twice.inputs == ["i"] && twice.outputs == ["o"])
    guard case .reference("factor") = twice.nodes[1].attributes["value_int"] else {
      Issue.record("no reference")
      return
    }
    #expect(model.function(calledBy: model.graph.nodes[0]) == nil)
  }

  @Test("external data beside the file is read")
  func external() throws {
    let model = try ONNXModel(path: Fixture.path("modelio/external.onnx"))
    #expect(model.opset == 21)
    #expect(Array(model.graph.initializers[0].floats()) == [2, 3])
  }

  @Test(
    "external data anywhere else is refused",
    arguments: [
      ("escape-up.onnx", FormatError.Cause.escapingPath("../../../etc/passwd")),
      ("escape-root.onnx", .escapingPath("/etc/passwd")), ("escape-hidden.onnx", .escapingPath("a/../../x")),
      ("escape-missing.onnx", .system(call: "open", code: ENOENT)),
      ("escape-long.onnx", .truncated(wanted: 1 << 62, left: 4)),
      ("escape-negative.onnx", .invalid("the place '-4' of external data")),
    ])
  func escaping(_ file: String, _ cause: FormatError.Cause) throws {
    let error = #expect(throws: FormatError.self) { try ONNXModel(path: Fixture.path("modelio/" + file)) }
    #expect(error?.cause == cause)
    #expect(error?.subject == "tensor 'w'")
    #expect(error?.file != nil)
  }

  @Test("a link that leads out of the folder is refused")
  func link() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/modelio-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.copyItem(
      atPath: Fixture.path("modelio/external.onnx"), toPath: folder + "/m.onnx")
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/external.bin", withDestinationPath: Fixture.path("modelio/external.bin"))
    let error = #expect(throws: FormatError.self) { try ONNXModel(path: folder + "/m.onnx") }
    #expect(error?.cause == .escapingPath("external.bin"))
  }

  @Test("graphs nested deeper than any network are refused")
  func nested() throws {
    // graph > node > attribute > graph ..., each a length-delimited field.
    var bytes: [UInt8] = []
    for _ in 0..<40 {
      for key in [UInt8(0x32), 0x2a, 0x0a] { bytes = [key] + Self.varint(bytes.count) + bytes }
    }
    let file = ByteSlice([0x08, 8, 0x3a] + Self.varint(bytes.count) + bytes)
    let error = #expect(throws: FormatError.self) { try ONNXModel(file) }
    guard case .tooLarge(what: "the nesting of graphs", size: _, limit: _) = error?.cause else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  private static func varint(_ value: Int) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f | 0x80)] + varint(value >> 7)
  }
}
