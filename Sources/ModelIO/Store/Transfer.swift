internal import CCurl

/// One request for the rest of a file.
final class Transfer {
  enum Ending {
    case complete
    case status(Int)
    case broken(String)
  }

  private let file: RemoteFile
  private let partial: PartialFile
  private let isInterrupted: () -> Bool
  private let progress: (FetchProgress) -> Void
  private let start: Int
  private var wasAnswered = false

  init(
    file: RemoteFile, partial: PartialFile, isInterrupted: @escaping () -> Bool,
    progress: @escaping (FetchProgress) -> Void
  ) {
    self.file = file
    self.partial = partial
    self.isInterrupted = isInterrupted
    self.progress = progress
    start = partial.size
  }

  func run(stallSeconds: Int) -> (ending: Ending, wasAnswered: Bool) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    var outcome = ccurl_fetch(
      file.url, Int64(start), "camkernel", stallSeconds,
      { context, bytes, count, status in
        guard let context, let bytes else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        return transfer.take(UnsafeRawBufferPointer(start: bytes, count: count), status: status) ? 1 : 0
      },
      { context, total, now in
        guard let context else { return 1 }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().tell(total: Int(total)) ? 0 : 1
      }, context)
    let message = withUnsafeBytes(of: &outcome.message) { text in
      String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }
    // 22 is an HTTP status of 400 or more.
    switch outcome.code {
    case 0: return (.complete, true)
    case 22: return (.status(outcome.status), true)
    default: return (.broken(message), wasAnswered)
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer, status: Int) -> Bool {
    if !wasAnswered, start > 0, status != 206 { partial.reset() }
    wasAnswered = true
    return !isInterrupted() && partial.append(bytes)
  }

  private func tell(total: Int) -> Bool {
    let offset = partial.size >= start ? start : 0
    progress(FetchProgress(received: partial.size, total: file.size ?? (total > 0 ? total + offset : nil)))
    return !isInterrupted()
  }
}
