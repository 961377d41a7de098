package import ModelIO

/// Why there is no model.
package enum ModelError: Error, Sendable {
  /// Neither a built-in name nor a file; with the nearest built-in name.
  case unknown(String, nearest: String?)
  /// A built-in network whose weights are not there.
  case noWeights(architecture: String, reason: String)
  /// Official weights that could not be fetched.
  case fetch(FetchError)
  /// A file of weights that fits no built-in network; with the nearest fit.
  case noArchitecture(file: String, nearest: LoadingReport?)
  /// Weights that do not fit.
  case mismatch(LoadingReport)
  case format(FormatError)
  case onnx(file: String, ONNXImportError)
  case keras(file: String, KerasImportError)
  case graph(GraphError)
  /// A description of a network that makes no sense.
  case manifest(file: String, String)
  /// An option that this model cannot follow.
  case option(String)
  /// Somebody asked to stop.
  case interrupted
}

extension ModelError: CustomStringConvertible {
  /// That a file's tensors are no network.
  package static func absence(of file: String) -> String {
    "the tensors in '\(file)' are those of no built-in network, and do not say themselves what is computed with them"
  }

  /// What makes them one.
  package static let waysToDescribe =
    "export the network as ONNX (Keras: save the whole model), or describe it in JSON (docs/manifest.md)"

  package var description: String {
    switch self {
    case .unknown(let name, let nearest):
      "there is no built-in network and no file '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    case .noWeights(let name, let reason): "no weights for \(name): \(reason)"
    case .fetch(let error): error.description
    case .noArchitecture(let file, let nearest):
      "\(Self.absence(of: file)): \(Self.waysToDescribe)" + (nearest.map { "\nnearest: \($0)" } ?? "")
    case .mismatch(let report): "\(report)"
    case .format(let error): "\(error)"
    case .onnx(let file, let error): "'\(file)': \(error)"
    case .keras(let file, let error): "'\(file)': \(error)"
    case .graph(let error): "\(error)"
    case .manifest(let file, let what): "'\(file)': \(what)"
    case .option(let what): what
    case .interrupted: "interrupted"
    }
  }
}
