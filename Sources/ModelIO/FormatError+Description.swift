import Glibc

extension FormatError: CustomStringConvertible {
  /// One line: file, subject and byte where known, then the reason.
  package var description: String {
    var place: [String] = []
    if let file { place.append(file) }
    if let subject { place.append(subject) }
    if let offset { place.append("byte \(offset)") }
    return place.isEmpty ? reason : place.joined(separator: ", ") + ": " + reason
  }

  /// The cause in words, without the place.
  package var reason: String {
    switch cause {
    case .truncated(let wanted, let left):
      "the file ends too early: \(wanted) bytes expected, \(left) left"
    case .unrecognised(let expected): "not recognised: expected \(expected)"
    case .invalid(let text): text
    case .unsupported(let text): "not supported: \(text)"
    case .forbiddenGlobal(let name):
      "the pickle asks for the Python object '\(name)', which is not on the list of harmless ones; "
        + "nothing was run (save plain tensors: torch.save(model.state_dict(), path))"
    case .tooLarge(let what, let size, let limit): "\(what) is too large: \(size), the limit is \(limit)"
    case .escapingPath(let path): "the path '\(path)' leads out of the file's folder"
    case .cycle(let what): "\(what) contains itself"
    case .missing(let what): "\(what) is missing"
    case .notARegularFile(let kind): "not a regular file but \(kind)"
    case .interrupted: "interrupted"
    case .system(let call, let code): "\(call): \(Self.text(of: code))"
    }
  }

  private static func text(of code: CInt) -> String {
    switch code {
    case ENOENT: "no such file"
    case EACCES, EPERM: "permission denied"
    case EISDIR: "is a directory"
    case ENOTDIR: "a part of the path is not a directory"
    case ENOSPC: "no space left on the disk"
    case EROFS: "the disk is read-only"
    case ENAMETOOLONG: "the name is too long"
    case ELOOP: "too many symbolic links"
    case EMFILE, ENFILE: "too many open files"
    default: "error \(code)"
    }
  }
}
