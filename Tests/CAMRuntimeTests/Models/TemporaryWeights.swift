import Foundation
import ModelIO

/// Files of weights that live as long as the test process.
enum TemporaryWeights {
  private static let folder: URL = {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("camkernel-\(UUID().uuidString)")
    try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(at: TemporaryWeights.folder) }
    return url
  }()

  /// Writes a safetensors file and gives its path.
  static func write(_ tensors: [(name: String, shape: [Int], values: [Float])]) throws -> String {
    let path = folder.appendingPathComponent("\(UUID().uuidString).safetensors").path
    let list = tensors.map { TensorToWrite(name: $0.name, shape: $0.shape, floats: $0.values) }
    try SafeTensors.write(list, to: path)
    return path
  }
}
