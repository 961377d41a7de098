internal import CFuzzing
import Glibc
import ModelIO

// Reads each input as an HDF5 file or a .keras archive, numbers and all. An error is fine, a trap is a finding.
exit(
  fuzz(CommandLine.argc, CommandLine.unsafeArgv) { start, count in
    let bytes = ByteSlice([UInt8](UnsafeBufferPointer(start: start, count: count)))
    let format: any WeightFormat.Type = KerasWeights.recognises(bytes) ? KerasWeights.self : KerasArchive.self
    if let state = try? format.read(bytes, directory: nil) { state.tensors.forEach { _ = $0.floats() } }
    return 0
  })
