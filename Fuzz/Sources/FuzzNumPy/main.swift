internal import CFuzzing
import Glibc
import ModelIO

// Reads each input as an array or an archive of arrays, numbers and all. An error is fine, a trap is a finding.
exit(
  fuzz(CommandLine.argc, CommandLine.unsafeArgv) { start, count in
    let bytes = ByteSlice([UInt8](UnsafeBufferPointer(start: start, count: count)))
    let format: any WeightFormat.Type = NumPyArray.recognises(bytes) ? NumPyArray.self : NumPyArchive.self
    if let state = try? format.read(bytes, directory: nil) { state.tensors.forEach { _ = $0.floats() } }
    return 0
  })
