import Foundation
import Testing

/// Compares a text with the one kept beside the test, where a missing snapshot fails.
///
/// With `CAMKERNEL_RECORD=1` in the environment it records instead.
func expectSnapshot(
  _ text: String, named name: String, file: StaticString = #filePath,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let folder = URL(fileURLWithPath: "\(file)").deletingLastPathComponent().appendingPathComponent("Snapshots")
  let path = folder.appendingPathComponent(name + ".txt")
  let written = text.hasSuffix("\n") ? text : text + "\n"
  if ProcessInfo.processInfo.environment["CAMKERNEL_RECORD"] == "1" {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(written.utf8).write(to: path)
    return
  }
  guard let kept = try? String(contentsOf: path, encoding: .utf8) else {
    Issue.record(
      "there is no snapshot '\(name)': `make snapshots` records it", sourceLocation: sourceLocation)
    return
  }
  #expect(written == kept, sourceLocation: sourceLocation)
}
