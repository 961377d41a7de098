import Foundation

/// Reference files that only some machines have.
///
/// Tests that need them are skipped, with a printed reason, where they are not there.
public enum SharedFiles {
  /// The folder with `golden/`: `CAMKERNEL_SHARED`, or `shared` beside the checkout.
  public static let directory: String? = existing(
    environment["CAMKERNEL_SHARED"] ?? beside("shared"), "shared reference files")

  /// What `Tests/Oracle/export.py` wrote: `CAMKERNEL_ORACLE`, or `oracle-out` beside the checkout.
  public static let oracle: String? = existing(
    environment["CAMKERNEL_ORACLE"] ?? beside("oracle-out"), "the oracle's exports")

  /// Whether the folder is there.
  public static var isPresent: Bool { directory != nil }

  /// The path of a golden file.
  public static func golden(_ name: String) -> String { (directory ?? "") + "/golden/" + name }

  /// The folder of this package.
  public static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  private static var environment: [String: String] { ProcessInfo.processInfo.environment }

  private static func beside(_ name: String) -> String {
    URL(fileURLWithPath: checkout).deletingLastPathComponent().appendingPathComponent(name).path
  }

  private static func existing(_ path: String, _ what: String) -> String? {
    if FileManager.default.fileExists(atPath: path) { return path }
    print("skipped: tests that need \(what), which are not at \(path)")
    return nil
  }
}
