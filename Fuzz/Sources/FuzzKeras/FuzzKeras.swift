import ModelIO

/// One input of libFuzzer: read as an HDF5 file or a .keras archive, numbers and all. An error is fine, a trap is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = ByteSlice([UInt8](UnsafeBufferPointer(start: start, count: count)))
  let format: any WeightFormat.Type = KerasWeights.recognises(bytes) ? KerasWeights.self : KerasArchive.self
  if let state = try? format.read(bytes, directory: nil) { state.tensors.forEach { _ = $0.floats() } }
  return 0
}
