internal import ModelIO

/// A network described in JSON: `input`, `nodes`, `weights` (a file beside it), and optionally `name`,
/// `classes`, `default_layer`, `preprocessing`.
///
/// docs/manifest.md lists the members of a node.
struct ModelManifest {
  let name: String
  let input: [Int]
  let nodes: [ManifestNode]
  let weights: String?
  let classes: [String]
  let defaultLayer: String?
  let preprocessing: Preprocessing
  private let path: String

  /// Whether the bytes begin a JSON object.
  static func recognises(_ bytes: ByteSlice) -> Bool {
    for index in JSONDocument.start(of: bytes)..<min(bytes.count, 64) {
      switch bytes[index] {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): continue
      case UInt8(ascii: "{"): return true
      default: return false
      }
    }
    return false
  }

  init(_ bytes: ByteSlice, path: String) throws(ModelError) {
    self.path = path
    var budget = MemoryBudget(fileSize: bytes.count)
    let json: JSONDocument
    do throws(FormatError) {
      json = try JSONDocument(parsing: bytes, budget: &budget)
    } catch { throw .format(error.inFile(path)) }
    func failure(_ what: String) -> ModelError { .manifest(file: path, what) }
    name = json["name"]?.string ?? ModelLoader.name(of: path)
    guard let input = json["input"]?.array?.compactMap(\.integer), input.count == 4,
      input.allSatisfy({ 0 < $0 && $0 < 1 << 20 })
    else { throw failure("'input' must be [1, channels, height, width]") }
    self.input = input
    guard let list = json["nodes"]?.array, !list.isEmpty else { throw failure("'nodes' must be a list") }
    var nodes: [ManifestNode] = []
    for (index, item) in list.enumerated() {
      guard let node = ManifestNode(item) else {
        throw failure("node \(index) needs 'name', 'op' and 'in'")
      }
      nodes.append(node)
    }
    self.nodes = nodes
    weights = json["weights"]?.string
    if let weights, weights.contains("..") || weights.hasPrefix("/") {
      throw failure("'weights' must lie beside the description")
    }
    classes = json["classes"]?.array?.compactMap(\.string) ?? []
    defaultLayer = json["default_layer"]?.string ?? json["target_layers"]?.array?.first?.string
    preprocessing = try Self.preprocessing(json["preprocessing"], input: input, path: path)
  }

  /// What the network asks of its file of weights.
  func requests() throws(ModelError) -> [ParameterRequest] {
    let unread = UnreadParameters()
    _ = try graph(parameters: unread)
    return unread.requests
  }

  func graph(parameters: any ParameterSource) throws(ModelError) -> Graph {
    var known: Set<String> = ["input"]
    for node in nodes {
      if let missing = node.inputs.first(where: { !known.contains($0) }) {
        throw .manifest(
          file: path, "node '\(node.name)' reads '\(missing)', which stands nowhere before it")
      }
      known.insert(node.name)
    }
    do throws(GraphError) { return try composed(parameters) } catch { throw .graph(error) }
  }

  private func composed(_ parameters: any ParameterSource) throws(GraphError) -> Graph {
    var net = NetworkComposer(parameters: parameters)
    var last = try net.input(channels: input[1], size: ImageSize(height: input[2], width: input[3]))
    var values = ["input": last]
    for node in nodes {
      last = try node.added(to: &net, node.inputs.compactMap { values[$0] })
      values[node.name] = last
    }
    return try net.finish(output: last)
  }

  /// `{"mean": [...], "std": [...], "filter": "bilinear", "short_side": 256}` on the 0...1 scale.
  private static func preprocessing(
    _ json: JSONDocument?, input: [Int], path: String
  ) throws(ModelError) -> Preprocessing {
    let count = input[1]
    func numbers(_ name: String, otherwise value: Float) throws(ModelError) -> [Float] {
      guard let list = json?[name]?.array else { return [Float](repeating: value, count: count) }
      let numbers = list.compactMap(\.number)
      guard numbers.count == count else { throw .manifest(file: path, "'\(name)' needs \(count) numbers") }
      return numbers
    }
    let name = json?["filter"]?.string ?? "bilinear"
    guard let filter = Preprocessing.Filter(rawValue: name) else {
      throw .manifest(file: path, "there is no filter '\(name)'")
    }
    return Preprocessing(
      size: ImageSize(height: input[2], width: input[3]),
      fit: json?["short_side"]?.integer.map { .shorterSide($0) } ?? .stretch, filter: filter,
      order: count == 1 ? .grey : .rgb, mean: try numbers("mean", otherwise: 0.5),
      deviation: try numbers("std", otherwise: 0.25))
  }
}

extension JSONDocument {
  /// A number, whole or not.
  var number: Float? {
    switch self {
    case .integer(let value): Float(value)
    case .number(let value): Float(value)
    default: nil
    }
  }
}
