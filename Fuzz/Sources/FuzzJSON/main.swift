internal import CFuzzing
import Glibc
import Kernel

/// One input of libFuzzer: read as JSON.
///
/// What is read must come back the same after writing; anything else is a finding.
private func serve(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard let value = try? JSONParser.parse(bytes) else { return 0 }
  let written = JSONWriter.bytes(of: value)
  guard let again = try? JSONParser.parse(written) else {
    preconditionFailure("what was written is not read")
  }
  precondition(again == value, "what was written reads as something else")
  return 0
}

exit(fuzz(CommandLine.argc, CommandLine.unsafeArgv) { start, count in serve(start, count) })
