internal import CCurl

/// Why something small could not be fetched into memory.
package enum DownloadError: Error, Sendable, Hashable, CustomStringConvertible {
  /// No server answered, or the connection broke.
  case unreachable(url: String, reason: String)
  /// The server answered with an error.
  case refused(url: String, status: Int)
  /// More came than is taken.
  case tooLarge(url: String, limit: Int)
  case interrupted(url: String)

  package var description: String {
    switch self {
    case .unreachable(let url, let reason):
      "cannot fetch \(url) (\(reason)); without a network, download it elsewhere and give its path"
    case .refused(let url, let status): "the server answered \(url) with status \(status)"
    case .tooLarge(let url, let limit): "\(url) has more than \(limit >> 20) MB"
    case .interrupted(let url): "interrupted while fetching \(url)"
    }
  }
}

/// Fetches something small into memory, such as a picture.
package final class RemoteBytes {
  /// Whether a text is an address and not a path.
  package static func isAddress(_ text: String) -> Bool {
    let start = text.prefix(8).lowercased()
    return start.hasPrefix("http://") || start == "https://"
  }

  private let limit: Int
  private let isInterrupted: () -> Bool
  private var bytes: [UInt8] = []
  private var isTooLarge = false

  private init(limit: Int, isInterrupted: @escaping () -> Bool) {
    self.limit = limit
    self.isInterrupted = isInterrupted
  }

  /// What is at `url`; other protocols than HTTP are refused, in redirections too.
  package static func fetch(
    _ url: String, limit: Int = 64 << 20, stallSeconds: Int = 20, isInterrupted: () -> Bool = { false }
  ) throws(DownloadError) -> [UInt8] {
    let (outcome, bytes, isTooLarge) = withoutActuallyEscaping(isInterrupted) { isInterrupted in
      let target = RemoteBytes(limit: limit, isInterrupted: isInterrupted)
      return (target.run(url, stallSeconds), target.bytes, target.isTooLarge)
    }
    if isTooLarge { throw .tooLarge(url: url, limit: limit) }
    if isInterrupted() { throw .interrupted(url: url) }
    switch outcome.code {
    case 0: return bytes
    // 22 is an HTTP status of 400 or more.
    case 22: throw .refused(url: url, status: outcome.status)
    default:
      let reason = withUnsafeBytes(of: outcome.message) { text in
        String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw .unreachable(url: url, reason: reason)
    }
  }

  private func run(_ url: String, _ stallSeconds: Int) -> ccurl_outcome {
    ccurl_fetch(
      url, 0, "camkernel", stallSeconds,
      { context, bytes, count, _ in
        guard let context, let bytes else { return 0 }
        let target = Unmanaged<RemoteBytes>.fromOpaque(context).takeUnretainedValue()
        return target.take(UnsafeRawBufferPointer(start: bytes, count: count)) ? 1 : 0
      },
      { context, total, _ in
        guard let context else { return 1 }
        return Unmanaged<RemoteBytes>.fromOpaque(context).takeUnretainedValue().isWelcome(Int(total)) ? 0 : 1
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  private func take(_ piece: UnsafeRawBufferPointer) -> Bool {
    guard isWelcome(bytes.count + piece.count) else { return false }
    bytes.append(contentsOf: piece)
    return true
  }

  private func isWelcome(_ count: Int) -> Bool {
    isTooLarge = isTooLarge || count > limit
    return !isTooLarge && !isInterrupted()
  }
}
