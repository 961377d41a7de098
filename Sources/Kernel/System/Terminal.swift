internal import Glibc

/// The program's own standard streams.
package enum Terminal {
  /// Writes text as a whole; a stream that is gone is not an error worth more than the text.
  package static func write(_ text: String, to stream: OutputStream) {
    let descriptor = stream == .stdout ? STDOUT_FILENO : STDERR_FILENO
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }

  /// Whether a person looks at a stream.
  package static func isScreen(_ stream: OutputStream) -> Bool {
    isatty(stream == .stdout ? STDOUT_FILENO : STDERR_FILENO) == 1
  }

  /// Whether colours are wanted on a stream (`NO_COLOR` turns them off).
  package static func wantsColour(_ stream: OutputStream) -> Bool {
    isScreen(stream) && FileSystem.environment("NO_COLOR") == nil
  }

  /// Whether a person can be asked.
  package static var canAsk: Bool { isatty(STDIN_FILENO) == 1 }
}
