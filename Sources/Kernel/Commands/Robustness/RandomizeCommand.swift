internal import CAMRuntime

/// Destroys what some layers have learned, for the sanity check of explanations.
struct RandomizeCommand: Command {
  private static let layer = Parameter.optional(
    "layer", NameValue(.layer, placeholder: "LAYER"),
    "the first layer or module that is shuffled; without it the last one with weights")
  private static let cascade = Parameter.option(
    "cascade", SwitchValue(), default: true, "shuffles everything behind the layer too")
  private static let seed = Parameter.option(
    "seed", IntegerValue(in: 0...Int.max), absent: "the setting", "where chance starts")

  let signature = CommandSignature(
    "randomize", "shuffles the weights of layers, so that explanations can be checked", group: .robustness,
    parameters: [layer, cascade, seed], givesValue: true,
    examples: [
      "randomize", "randomize _blocks.10 as broken", "randomize layer4 cascade=no seed=3 as broken",
    ],
    details: """
      Makes a copy of the current model in which each kernel and each matrix from the layer to the scores is shuffled in \
      itself, and makes it current; the model itself stays as it was (`model NAME` brings a kept one back). A map that \
      looks the same afterwards did not depend on what the network has learned (Adebayo et al., Sanity Checks for \
      Saliency Maps, NeurIPS 2018). Name the class by its index or name: `top1` of a shuffled network is another one.
      """)

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let loaded = try context.model()
    var model = loaded.model
    let graph = model.graph
    let word = try call[Self.layer]
    let chosen = try nodes(word, in: graph, at: call.statement.verb.span)
    let cascades = try call[Self.cascade]
    let all = cascades ? chosen.reduce(into: chosen) { $0.formUnion(graph.dependents(of: $1)) } : chosen
    let seed = UInt64(try call[Self.seed] ?? context.session.settings[SettingCatalog.seed])
    let shuffled = try graph.shufflingWeights(of: all, seed: seed)
    guard shuffled.count > 0 else {
      throw Diagnostic(
        "no-weights", "'\(word?.text ?? model.name)' has no weights to shuffle",
        at: word?.span ?? call.statement.verb.span)
    }
    let name = word?.text ?? chosen.first.map { graph.bestName(of: $0) } ?? ""
    model.graph = shuffled.graph
    if !model.name.hasSuffix(", shuffled") { model.name += ", shuffled" }
    let reach = cascades ? "from \(name) on" : "in \(name)"
    let count = shuffled.count == 1 ? "one layer \(reach) has" : "\(shuffled.count) layers \(reach) have"
    model.origin.append("\(count) shuffled weights, seed \(seed)")
    model.trainingData = nil
    let result = try LoadedModel(model, options: loaded.options)
    context.session.workspace.setCurrent(result)
    return try .value(result, in: context)
  }

  private func nodes(_ word: Word?, in graph: Graph, at verb: SourceSpan) throws(Diagnostic) -> Set<NodeID> {
    guard let word else {
      let last = graph.nodes.last { $0.operation.parameters.contains { $0.tensor.shape.rank >= 2 } }
      return Set([last?.id].compactMap { $0 })
    }
    let inside = graph.nodes.filter { $0.name == word.text || $0.name.hasPrefix(word.text + ".") }.map(\.id)
    let named = graph.node(named: word.text).map { [$0] } ?? []
    guard !inside.isEmpty || !named.isEmpty else {
      throw Diagnostic.unknown(
        "layer", word, known: graph.layers.map(\.name), more: "`layers *` lists all names")
    }
    return Set(inside + named)
  }
}
