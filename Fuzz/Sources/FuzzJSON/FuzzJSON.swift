import Kernel

/// One input of libFuzzer: read as JSON.
///
/// What is read must come back the same after writing; anything else is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard let value = try? JSONParser.parse(bytes) else { return 0 }
  let written = JSONWriter.bytes(of: value)
  guard let again = try? JSONParser.parse(written) else {
    preconditionFailure("what was written is not read")
  }
  precondition(again == value, "what was written reads as something else")
  return 0
}
