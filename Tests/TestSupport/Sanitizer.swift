import Foundation

/// Whether the tests run under a sanitizer (`make sanitize` says so), which makes everything many times as slow.
///
/// Tests that go through whole networks of the world take fewer of them then, and as many of each kind of path.
public enum Sanitizer {
  /// Whether one is at work.
  public static let isPresent = ProcessInfo.processInfo.environment["CAMKERNEL_SANITIZED"] == "1"
}
