internal import CFuzzing
import Glibc
import ModelIO

// Reads each input as an ONNX model, numbers and all. An error is fine, a trap is a finding.
exit(
  fuzz(CommandLine.argc, CommandLine.unsafeArgv) { start, count in
    let bytes = ByteSlice([UInt8](UnsafeBufferPointer(start: start, count: count)))
    if let model = try? ONNXModel(bytes) { model.graph.initializers.forEach { _ = $0.floats() } }
    return 0
  })
