internal import Glibc

/// Why bytes could not be turned into values: the cause, and where in which file it was found.
package struct FormatError: Error, Sendable, Hashable {
  /// What is wrong, apart from where.
  package enum Cause: Sendable, Hashable {
    /// The bytes end before something that they promise.
    case truncated(wanted: Int, left: Int)
    /// The content is of none of the known formats, or not of the one that was asked for.
    case unrecognised(expected: String)
    /// The bytes contradict the format.
    case invalid(String)
    /// Allowed by the format, but not read here.
    case unsupported(String)
    /// A pickle names a Python object outside the whitelist; nothing of it is ever run.
    case forbiddenGlobal(String)
    /// A size or count that would need more memory than such a file may ask for.
    case tooLarge(what: String, size: Int, limit: Int)
    /// A path inside a file leads out of the file's folder.
    case escapingPath(String)
    /// Values that contain themselves.
    case cycle(String)
    /// Something that must be there is not.
    case missing(String)
    /// The path names something that is not a regular file.
    case notARegularFile(String)
    /// The person asked to stop.
    case interrupted
    /// The operating system refused.
    case system(call: String, code: CInt)
  }

  package var cause: Cause
  /// The file's path, where known.
  package var file: String?
  /// What was being read, such as `tensor 'conv1.weight'` or `node 'Conv_3'`.
  package var subject: String?
  /// The byte of the file (or of its unpacked member) at which reading stopped.
  package var offset: Int?

  package init(_ cause: Cause, file: String? = nil, subject: String? = nil, offset: Int? = nil) {
    self.cause = cause
    self.file = file
    self.subject = subject
    self.offset = offset
  }

  /// Whether there was no memory for it.
  package var isForMemory: Bool {
    if case .system(_, ENOMEM) = cause { true } else { false }
  }

  /// The same error with its file named, unless it names one already.
  package func inFile(_ path: String) -> FormatError {
    var copy = self
    copy.file = file ?? path
    return copy
  }

  /// The same error with what was being read named, unless it names something already.
  package func about(_ subject: String) -> FormatError {
    var copy = self
    copy.subject = self.subject ?? subject
    return copy
  }
}
