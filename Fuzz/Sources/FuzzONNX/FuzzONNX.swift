import ModelIO

/// One input of libFuzzer: read as an ONNX model, numbers and all. An error is fine, a trap is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = ByteSlice([UInt8](UnsafeBufferPointer(start: start, count: count)))
  if let model = try? ONNXModel(bytes) { model.graph.initializers.forEach { _ = $0.floats() } }
  return 0
}
