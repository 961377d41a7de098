import Foundation
import ModelIO
import Testing

/// Reference files that only some machines have; tests that need them say so and skip.
enum Shared {
  static let directory: String? = {
    if let path = ProcessInfo.processInfo.environment["CAMKERNEL_SHARED"] { return path }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let path = root.deletingLastPathComponent().appendingPathComponent("shared").path
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }()

  static var isPresent: Bool { directory != nil }

  static func golden(_ name: String) throws -> String { try #require(directory) + "/golden/" + name }
}

/// Files of the tests themselves.
enum Fixture {
  static let directory =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path + "/Fixtures"

  static func path(_ name: String) -> String { directory + "/" + name }

  static func bytes(_ name: String) throws -> ByteSlice { try MappedFile(path: path(name)).bytes }
}
