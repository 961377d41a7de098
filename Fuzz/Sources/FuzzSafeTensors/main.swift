internal import CFuzzing
import Glibc
import ModelIO

// Reads each input as a safetensors file, numbers and all. An error is fine, a trap is a finding.
exit(
  fuzz(CommandLine.argc, CommandLine.unsafeArgv) { start, count in
    let bytes = ByteSlice([UInt8](UnsafeBufferPointer(start: start, count: count)))
    if let state = try? SafeTensors.read(bytes, directory: nil) { state.tensors.forEach { _ = $0.floats() } }
    return 0
  })
