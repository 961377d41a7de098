internal import CAMRuntime

/// Lists the layers of the current model.
struct LayersCommand: Command {
  private static let pattern = Parameter.optional(
    "pattern", NameValue(.layer, placeholder: "PATTERN"),
    "names to list; `*` is any text; without it the candidates")

  let signature = CommandSignature(
    "layers", "lists layers with their shapes, and which way ablation goes behind them", group: .models,
    parameters: [pattern], examples: ["layers", "layers layer4*"],
    details: """
      Candidates are the layers whose value is a map of more than one place in front of the scores. A pattern searches \
      all names. `*` in the first column marks the default layer.
      """)

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let model = try context.model()
    let graph = model.model.graph
    let pattern = try call[Self.pattern]
    let chosen: [(name: String, id: NodeID)]
    if let pattern {
      let glob = GlobPattern(
        pattern.text.contains("*") ? pattern.text : "*\(pattern.text)*", ignoresCase: true)
      chosen = graph.layers.filter { glob.matches($0.name) }.map { ($0.name, $0.id) }
      if chosen.isEmpty {
        throw Diagnostic.unknown(
          "layer", pattern, known: graph.layers.map(\.name), place: "in \(model.model.name)")
      }
    } else {
      chosen = LayerReference.candidates(of: model.model)
    }
    let folded = graph.foldedNodes
    var rows: [[String]] = []
    var facts: [JSONValue] = []
    for layer in chosen {
      try context.interrupt.check()
      let node = graph[layer.id]
      let count = node.operation.parameters.reduce(0) { $0 + $1.tensor.count }
      let isDefault = layer.id == model.model.defaultLayer
      let shape = Array(node.shape.dimensions.dropFirst())
      let strategy = Self.strategy(at: layer.id, of: graph, folding: folded)
      rows.append([
        isDefault ? "*" : "", layer.name, node.operation.kind,
        shape.map(String.init).joined(separator: "x"), count == 0 ? "" : String(count), strategy,
      ])
      facts.append([
        "name": .string(layer.name), "kind": .string(node.operation.kind),
        "shape": .array(shape.map { .integer($0) }), "parameters": .integer(count),
        "ablation": strategy.isEmpty ? .null : .string(strategy), "default": .bool(isDefault),
      ])
    }
    let caption =
      "\(model.model.name): \(rows.count) layers, * is the default (\(model.model.defaultLayerReason))"
    let bundle = DisplayBundle.table(
      ["", "layer", "kind", "shape", "parameters", "ablation"], rows, caption: caption)
    return CommandResult(
      bundle: bundle.stating([
        "verb": "layers", "model": .string(model.model.name), "layers": .array(facts),
      ]))
  }

  /// The way that ablation takes behind a layer; nothing for what is not maps before the scores.
  private static func strategy(at layer: NodeID, of graph: Graph, folding: Set<NodeID>) -> String {
    guard graph.ancestors(of: graph.logits).contains(layer), graph[layer].shape.rank == 4 else { return "" }
    return (try? TailAnalysis(of: graph, after: layer))?.strategy(folding: folding).rawValue ?? ""
  }
}
