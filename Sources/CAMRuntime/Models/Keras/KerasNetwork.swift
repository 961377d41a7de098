internal import ModelIO

/// A network as a Keras file describes it: layers, and which of them read what.
///
/// Both ways of writing are read: that of Keras 3, and that of Keras 1 and 2, whose files are still about.
struct KerasNetwork: Sendable {
  /// A value of a layer: which of its calls, which of that call's values.
  struct Reference: Sendable, Hashable {
    var layer: String
    var call = 0
    var output = 0
  }

  /// What a call reads: another layer's value, or a number written in the file.
  enum Operand: Sendable {
    case value(Reference)
    case number(Float)
  }

  struct Layer: Sendable {
    let name: String
    /// The class' name, such as `Conv2D`; that of what is no layer has its module before it.
    let kind: String
    let config: JSONDocument
    /// What each call reads; a chain's layers have none written.
    let calls: [[Operand]]
    /// The layers inside, where this is a network itself.
    let network: KerasNetwork?
  }

  let name: String
  let layers: [Layer]
  let inputs: [Reference]
  let outputs: [Reference]
  /// Whether each layer reads the one before it.
  let isChain: Bool

  /// Nil where the description is that of no network of layers: a subclass of `Model` is Python code.
  init?(_ document: JSONDocument) {
    guard let kind = document["class_name"]?.string, let config = document["config"] else { return nil }
    // The first versions wrote a chain's layers without a name around them.
    guard let list = config["layers"]?.array ?? config.array, !list.isEmpty else { return nil }
    isChain = kind == "Sequential"
    name = config["name"]?.string ?? "network"
    var layers: [Layer] = []
    for item in list {
      guard let layer = Layer(item) else { return nil }
      layers.append(layer)
    }
    self.layers = layers
    inputs = Self.references(config["input_layers"])
    outputs = Self.references(config["output_layers"])
  }

  /// `["x", 0, 0]`, a list of such, or a list of lists or a dictionary of such.
  private static func references(_ document: JSONDocument?) -> [Reference] {
    if let members = document?.members { return members.flatMap { references($0.value) } }
    guard let list = document?.array else { return [] }
    if let reference = Reference(list) { return [reference] }
    return list.flatMap { references($0) }
  }

  /// All layers, those of networks inside included.
  var allLayers: [Layer] { layers.flatMap { [$0] + ($0.network?.allLayers ?? []) } }
}

extension KerasNetwork.Reference {
  /// `[name, call, output]`, perhaps with more behind it.
  init?(_ list: [JSONDocument]) {
    guard list.count >= 3, let layer = list[0].string, let call = list[1].integer,
      let output = list[2].integer
    else { return nil }
    self.init(layer: layer, call: call, output: output)
  }
}

extension KerasNetwork.Layer {
  init?(_ document: JSONDocument) {
    guard let kind = document["class_name"]?.string, let config = document["config"] else { return nil }
    guard let name = config["name"]?.string ?? document["name"]?.string else { return nil }
    self.name = name
    let network = KerasNetwork(document)
    self.network = network
    self.config = config
    // `x + y` on values is an operation of Keras' own, without variables.
    let isOperation = document["module"]?.string?.contains(".ops.") ?? false
    self.kind = isOperation ? "ops." + kind : kind
    calls = (document["inbound_nodes"]?.array ?? []).map(Self.operands)
  }

  /// What one call reads.
  private static func operands(_ node: JSONDocument) -> [KerasNetwork.Operand] {
    if node.members != nil { return operands3(node["args"]) + tensors3(node["kwargs"]) }
    guard let list = node.array else { return [] }
    if list.first?.string != nil { return operands2(list) }
    return list.compactMap(\.array).flatMap(operands2)
  }

  /// Keras 3: values are `{"class_name": "__keras_tensor__", "config": {"keras_history": [...]}}`.
  private static func operands3(_ document: JSONDocument?) -> [KerasNetwork.Operand] {
    if let list = document?.array { return list.flatMap { operands3($0) } }
    if let number = document?.number { return [.number(number)] }
    return tensors3(document)
  }

  private static func tensors3(_ document: JSONDocument?) -> [KerasNetwork.Operand] {
    if let list = document?.array { return list.flatMap { tensors3($0) } }
    guard let members = document?.members else { return [] }
    guard document?["class_name"]?.string == "__keras_tensor__" else {
      return members.flatMap { tensors3($0.value) }
    }
    let history = document?["config"]?["keras_history"]?.array ?? []
    return KerasNetwork.Reference(history).map { [.value($0)] } ?? []
  }

  /// Keras 2: `[name, call, output, {further arguments}]`.
  private static func operands2(_ list: [JSONDocument]) -> [KerasNetwork.Operand] {
    var found: [KerasNetwork.Operand] = []
    if list.first?.string == "_CONSTANT_VALUE", list.count > 2, let number = list[2].number {
      found.append(.number(number))
    } else if let reference = KerasNetwork.Reference(list) {
      found.append(.value(reference))
    }
    for name in ["y", "b"] where list.count > 3 {
      if let number = list[3][name]?.number { found.append(.number(number)) }
      if let other = KerasNetwork.Reference(list[3][name]?.array ?? []) { found.append(.value(other)) }
    }
    return found
  }
}
