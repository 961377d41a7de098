internal import CFuzzing
import Glibc
import ModelIO

// Reads each input as a data set: CIFAR records, a pickled batch, a tar archive, numbers and all. An error is fine, a trap is a finding.
exit(
  fuzz(CommandLine.argc, CommandLine.unsafeArgv) { start, count in
    let bytes = ByteSlice([UInt8](UnsafeBufferPointer(start: start, count: count)))
    _ = try? CIFARDataset.binary(bytes, name: "fuzz", kind: .cifar10)
    _ = try? CIFARDataset.python(bytes, name: "fuzz", kind: .cifar100)
    _ = try? TarArchive.entries(of: bytes)
    return 0
  })
