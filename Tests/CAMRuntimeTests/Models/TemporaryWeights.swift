import ModelIO
import TestSupport

/// Files of weights that live as long as the test process.
enum TemporaryWeights {
  /// Writes a safetensors file and gives its path.
  static func write(_ tensors: [(name: String, shape: [Int], values: [Float])]) throws -> String {
    let path = TemporaryFolder.file("safetensors")
    let list = tensors.map { TensorToWrite(name: $0.name, shape: $0.shape, floats: $0.values) }
    try SafeTensors.write(list, to: path)
    return path
  }
}
