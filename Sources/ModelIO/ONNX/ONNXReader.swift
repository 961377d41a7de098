/// Turns the protobuf messages of an ONNX file into values.
struct ONNXReader {
  private static let deepestGraph = 16
  /// What a node, a value or an attribute costs in memory, about.
  private static let valueCost = 160

  /// The folder of the file, which external data must not leave; nil forbids external data.
  let directory: String?
  var budget: MemoryBudget
  var externalFiles: [String: ByteSlice] = [:]
  private var depth = 0

  init(fileSize: Int, directory: String?) {
    self.directory = directory
    budget = MemoryBudget(fileSize: fileSize)
  }

  mutating func model(_ bytes: ByteSlice) throws(FormatError) -> ONNXModel {
    var fields = ProtobufReader(bytes)
    var (irVersion, producerName, producerVersion) = (0, "", "")
    var operatorSets: [String: Int] = [:]
    var metadata: [String: String] = [:]
    var graph: ONNXGraph?
    var functions: [ONNXFunction] = []
    while let field = try fields.next() {
      switch field.number {
      case 1: irVersion = try field.integer()
      case 2: producerName = try field.text()
      case 3: producerVersion = try field.text()
      case 7: graph = try self.graph(try field.bytes())
      case 8: try operatorSet(try field.bytes(), into: &operatorSets)
      case 14:
        let (key, value) = try entry(try field.bytes())
        metadata[key] = value
      case 25: functions.append(try function(try field.bytes()))
      default: break
      }
    }
    guard let graph else { throw FormatError(.missing("the graph"), offset: bytes.origin) }
    return ONNXModel(
      irVersion: irVersion, producerName: producerName, producerVersion: producerVersion,
      operatorSets: operatorSets, metadata: metadata, graph: graph, functions: functions)
  }

  mutating func graph(_ bytes: ByteSlice) throws(FormatError) -> ONNXGraph {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepestGraph else {
      throw FormatError(
        .tooLarge(what: "the nesting of graphs", size: depth, limit: Self.deepestGraph), offset: bytes.origin)
    }
    var fields = ProtobufReader(bytes)
    var name = ""
    var nodes: [ONNXNode] = []
    var initializers: [RawTensor] = []
    var (inputs, outputs, infos): ([ONNXValueInfo], [ONNXValueInfo], [ONNXValueInfo]) = ([], [], [])
    while let field = try fields.next() {
      switch field.number {
      case 1: nodes.append(try node(try field.bytes()))
      case 2: name = try field.text()
      case 5: initializers.append(try tensor(try field.bytes()))
      case 11: inputs.append(try valueInfo(try field.bytes()))
      case 12: outputs.append(try valueInfo(try field.bytes()))
      case 13: infos.append(try valueInfo(try field.bytes()))
      case 15: throw FormatError(.unsupported("sparse initializers"), offset: field.offset)
      default: break
      }
    }
    return ONNXGraph(
      name: name, nodes: nodes, initializers: initializers, inputs: inputs, outputs: outputs,
      valueInfos: infos)
  }

  private mutating func node(_ bytes: ByteSlice) throws(FormatError) -> ONNXNode {
    try charge(at: bytes)
    var fields = ProtobufReader(bytes)
    var (name, operation, domain, overload) = ("", "", "", "")
    var (inputs, outputs): ([String], [String]) = ([], [])
    var attributes: [String: ONNXAttribute] = [:]
    do throws(FormatError) {
      while let field = try fields.next() {
        switch field.number {
        case 1: inputs.append(try self.name(field))
        case 2: outputs.append(try self.name(field))
        case 3: name = try self.name(field)
        case 4: operation = try self.name(field)
        case 5:
          let (key, value) = try attribute(try field.bytes())
          attributes[key] = value
        case 7: domain = try self.name(field)
        case 8: overload = try self.name(field)
        default: break
        }
      }
    } catch {
      throw error.about("node '\(name.isEmpty ? outputs.first ?? operation : name)'")
    }
    return ONNXNode(
      name: name, operation: operation, domain: Self.normalised(domain), overload: overload, inputs: inputs,
      outputs: outputs, attributes: attributes)
  }

  private mutating func attribute(_ bytes: ByteSlice) throws(FormatError) -> (String, ONNXAttribute) {
    try charge(at: bytes)
    var fields = ProtobufReader(bytes)
    var (name, type) = ("", 0)
    var single: ONNXAttribute?
    var (floats, integers, strings): ([Float], [Int], [String]) = ([], [], [])
    var (tensors, graphs): ([RawTensor], [ONNXGraph]) = ([], [])
    while let field = try fields.next() {
      switch field.number {
      case 1: name = try self.name(field)
      case 2: single = .float(try field.float())
      case 3: single = .integer(try field.integer())
      case 4: single = .string(try self.name(field))
      case 5: single = .tensor(try tensor(try field.bytes()))
      case 6: single = .graph(try graph(try field.bytes()))
      case 7: try field.floats(into: &floats, budget: &budget)
      case 8: try field.integers(into: &integers, budget: &budget)
      case 9: strings.append(try self.name(field))
      case 10: tensors.append(try tensor(try field.bytes()))
      case 11: graphs.append(try graph(try field.bytes()))
      case 20: type = try field.integer()
      case 21:
        let target = try self.name(field)
        if !target.isEmpty { single = .reference(target) }
      default: break
      }
    }
    if case .reference = single { return (name, single ?? .other("")) }
    switch type {
    case 1: return (name, single ?? .float(0))
    case 2: return (name, single ?? .integer(0))
    case 3: return (name, single ?? .string(""))
    case 6: return (name, .floats(floats))
    case 7: return (name, .integers(integers))
    case 8: return (name, .strings(strings))
    case 9: return (name, .tensors(tensors))
    case 10: return (name, .graphs(graphs))
    default: break
    }
    if let single { return (name, single) }
    if !floats.isEmpty { return (name, .floats(floats)) }
    if !integers.isEmpty { return (name, .integers(integers)) }
    if !strings.isEmpty { return (name, .strings(strings)) }
    return (name, .other("attribute type \(type)"))
  }

  private mutating func function(_ bytes: ByteSlice) throws(FormatError) -> ONNXFunction {
    try charge(at: bytes)
    var fields = ProtobufReader(bytes)
    var (name, domain, overload) = ("", "", "")
    var (inputs, outputs, required): ([String], [String], [String]) = ([], [], [])
    var defaults: [String: ONNXAttribute] = [:]
    var nodes: [ONNXNode] = []
    var operatorSets: [String: Int] = [:]
    while let field = try fields.next() {
      switch field.number {
      case 1: name = try self.name(field)
      case 4: inputs.append(try self.name(field))
      case 5: outputs.append(try self.name(field))
      case 6: required.append(try self.name(field))
      case 7: nodes.append(try node(try field.bytes()))
      case 9: try operatorSet(try field.bytes(), into: &operatorSets)
      case 10: domain = try self.name(field)
      case 11:
        let (key, value) = try attribute(try field.bytes())
        defaults[key] = value
      case 13: overload = try self.name(field)
      default: break
      }
    }
    return ONNXFunction(
      name: name, domain: Self.normalised(domain), overload: overload, inputs: inputs, outputs: outputs,
      requiredAttributes: required, defaultAttributes: defaults, nodes: nodes, operatorSets: operatorSets)
  }

  private func operatorSet(_ bytes: ByteSlice, into sets: inout [String: Int]) throws(FormatError) {
    var fields = ProtobufReader(bytes)
    var (domain, version) = ("", 0)
    while let field = try fields.next() {
      switch field.number {
      case 1: domain = try field.text()
      case 2: version = try field.integer()
      default: break
      }
    }
    sets[Self.normalised(domain)] = version
  }

  private func entry(_ bytes: ByteSlice) throws(FormatError) -> (String, String) {
    var fields = ProtobufReader(bytes)
    var (key, value) = ("", "")
    while let field = try fields.next() {
      switch field.number {
      case 1: key = try field.text()
      case 2: value = try field.text()
      default: break
      }
    }
    return (key, value)
  }

  /// A text of the file, charged with what it costs.
  mutating func name(_ field: ProtobufReader.Field) throws(FormatError) -> String {
    let text = try field.text()
    try budget.charge(
      16 + (text.utf8.count > 15 ? text.utf8.count + 32 : 0), for: "the names", offset: field.offset)
    return text
  }

  mutating func charge(at bytes: ByteSlice) throws(FormatError) {
    try budget.charge(Self.valueCost, for: "the graph", offset: bytes.origin)
  }

  private static func normalised(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }
}
