import Foundation

/// A folder for files of the tests, which lives as long as their process.
public enum TemporaryFolder {
  private static let prefix = "camkernel-tests-"

  /// Where it is; those of processes that were ended before they could take theirs away go too.
  public static let path: String = {
    let files = FileManager.default
    let all = files.temporaryDirectory
    for name in (try? files.contentsOfDirectory(atPath: all.path)) ?? [] where name.hasPrefix(prefix) {
      guard let process = Int32(name.dropFirst(prefix.count)), kill(process, 0) != 0, errno == ESRCH else {
        continue
      }
      try? files.removeItem(at: all.appendingPathComponent(name))
    }
    let own = all.appendingPathComponent("\(prefix)\(getpid())").path
    do { try files.createDirectory(atPath: own, withIntermediateDirectories: true) } catch {
      fatalError("no folder for files of the tests: \(error)")
    }
    atexit { try? FileManager.default.removeItem(atPath: TemporaryFolder.path) }
    return own
  }()

  /// A path in it that no other test has.
  public static func file(_ kind: String) -> String { "\(path)/\(UUID().uuidString).\(kind)" }
}
