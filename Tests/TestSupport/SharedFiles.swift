import Foundation

/// Reference files that only some machines have: `../shared` beside the checkout, or `CAMKERNEL_SHARED`.
///
/// Tests that need them say so and are skipped where they are not.
public enum SharedFiles {
  /// The folder, or nil.
  public static let directory: String? = {
    if let path = ProcessInfo.processInfo.environment["CAMKERNEL_SHARED"] { return path }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = root.deletingLastPathComponent().appendingPathComponent("shared").path
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }()

  /// Whether the folder is there.
  public static var isPresent: Bool { directory != nil }

  /// The path of a golden file.
  public static func golden(_ name: String) -> String { (directory ?? "") + "/golden/" + name }
}
