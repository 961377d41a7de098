internal import CAMRuntime

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
    do throws(ModelError) {
      return try WeightFinder.path(of: architecture)
    } catch {
      guard case .noWeights(_, let reason) = error else { return "\(error)" }
      return "not here: \(reason)"
    }
  }
}
