import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

/// One of the nets that `Tests/Oracle/export.py` and `export_keras.py` wrote, with what its origin computes.
struct OracleNet {
  /// Those that a sanitizer gets through in minutes: branches, groups, shuffles, in files of each kind.
  private static let small = ["squeezenet1_1", "shufflenet_v2_x1_0"]

  static let folders: [String] = {
    guard let root = SharedFiles.oracle else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return names.filter { FileManager.default.fileExists(atPath: "\(root)/\($0)/meta.json") }.sorted()
      .filter { !Sanitizer.isPresent || small.contains($0) }
  }()

  /// Every model file of every net, as `folder/file`.
  static func files(_ suffixes: [String]) -> [String] {
    guard let root = SharedFiles.oracle else { return [] }
    return folders.flatMap { folder in
      ((try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")) ?? [])
        .filter { file in suffixes.contains { file.hasSuffix($0) } }.sorted().map { "\(folder)/\($0)" }
    }
  }

  static func path(_ file: String) throws -> String { try #require(SharedFiles.oracle) + "/" + file }

  /// The built-in network that a folder's state dictionaries belong to.
  static func architecture(of folder: String) -> String? {
    // The oracle's own PyTorch Xception has names of its own.
    folder == "xception" ? nil : ArchitectureCatalog.architecture(named: folder)?.name
  }

  static func model(_ file: String) throws -> Model {
    let folder = String(file.prefix { $0 != "/" })
    var options = ModelOptions()
    var reference = try path(file)
    if !file.hasSuffix(".onnx") {
      options.weights = reference
      reference = try #require(architecture(of: folder))
    }
    return try ModelLoader.model(reference, options: options) { _ throws(ModelError) in throw .option("none")
    }
  }
}
