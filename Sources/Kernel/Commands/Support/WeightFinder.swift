internal import CAMRuntime
internal import ModelIO

/// Finds the official weights of a built-in network: on this machine, or at their publisher's.
enum WeightFinder {
  /// The path of the file, downloaded under a progress bar where it is not here yet.
  static func fetched(_ architecture: Architecture, _ context: CommandContext) throws(ModelError) -> String {
    let file = try official(architecture)
    if let path = present(file) { return path }
    guard !file.isShipped else { return try path(of: architecture) }
    let bar = FetchBar(file.name, in: context)
    do throws(FetchError) {
      let path = try FileStore().fetch(file, isInterrupted: { bar.isStopped }, progress: bar.show)
      bar.finish()
      return path
    } catch { throw .fetch(error) }
  }

  /// The path of the file, which must be on this machine.
  static func path(of architecture: Architecture) throws(ModelError) -> String {
    let file = try official(architecture)
    if let path = present(file) { return path }
    let place = FileStore().path(of: file)
    let source =
      file.isShipped
      ? "\(file.name) of the project's folder `weights`"
      : file.carrier.map { "the file of the Python package \($0.name)" } ?? file.url
    throw .noWeights(architecture: architecture.name, reason: "put \(source) at \(place)")
  }

  /// Whether the weights are on this machine.
  static func isThere(_ architecture: Architecture) -> Bool { architecture.weights.flatMap(present) != nil }

  /// Where a file of weights lies on this machine: in the cache, in the Python package that carries it, or with the program.
  static func present(_ file: RemoteFile) -> String? {
    FileStore().find(file) ?? (packaged(file) + shipped(file)).first(where: FileSystem.exists)
  }

  /// Files of this project: in `weights` or `share/camkernel/weights` of a folder around the program.
  private static func shipped(_ file: RemoteFile) -> [String] {
    guard file.isShipped else { return [] }
    return programFolders.flatMap {
      ["\($0)/weights/\(file.name)", "\($0)/share/camkernel/weights/\(file.name)"]
    }
  }

  /// The folders around the program, the nearest first.
  private static var programFolders: [String] {
    var folders: [String] = []
    var folder = FileSystem.programPath
    while let slash = folder.lastIndex(of: "/"), slash > folder.startIndex {
      folder = String(folder[..<slash])
      folders.append(folder)
    }
    return folders
  }

  private static func official(_ architecture: Architecture) throws(ModelError) -> RemoteFile {
    if let file = architecture.weights { return file }
    throw .noWeights(architecture: architecture.name, reason: "nobody publishes any: give `weights=PATH`")
  }

  /// Members of Python packages: in the active environment, and in those beside the program.
  private static func packaged(_ file: RemoteFile) -> [String] {
    guard let carrier = file.carrier else { return [] }
    var environments = ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap(FileSystem.environment)
    environments += programFolders.flatMap { [$0, $0 + "/.venv"] }
    return environments.flatMap {
      FileSystem.paths(matching: "\($0)/lib/python3*/site-packages/\(carrier.member)")
    }
  }
}
