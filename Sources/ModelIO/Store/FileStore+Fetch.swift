/// How far a download is.
package struct FetchProgress: Sendable, Hashable {
  /// Bytes that are here, those of earlier tries included.
  package let received: Int
  /// All bytes, where known.
  package let total: Int?

  package init(received: Int, total: Int?) {
    self.received = received
    self.total = total
  }
}

extension FileStore {
  /// Brings `file` here and gives its path; a file that is here already costs nothing.
  ///
  /// What an earlier try left is continued; a file appears under its name only when its checksum is right.
  /// A broken connection is taken up `attempts` times before the person is asked to. `progress` and `isInterrupted` are called often, from the calling thread.
  package func fetch(
    _ file: RemoteFile, attempts: Int = 4, stallSeconds: Int = 30, isInterrupted: () -> Bool = { false },
    progress: (FetchProgress) -> Void = { _ in }
  ) throws(FetchError) -> String {
    if let path = find(file) { return path }
    let file = origin(of: file)
    guard !file.url.isEmpty else { throw .needsScript(file, path: path(of: file)) }
    do throws(FormatError) { try Self.makeDirectory(directory) } catch { throw .file(error) }
    let partial = try PartialFile(path: path(of: file) + ".partial", file: file)
    defer { if partial.size == 0 { partial.remove() } }
    // Another process may have brought it between the first look and the lock.
    if let path = find(file) { return path }
    for attempt in 1...attempts {
      let before = partial.size
      let outcome = withoutActuallyEscaping(isInterrupted) { isInterrupted in
        withoutActuallyEscaping(progress) { progress in
          Transfer(file: file, partial: partial, isInterrupted: isInterrupted, progress: progress)
            .run(stallSeconds: stallSeconds)
        }
      }
      if isInterrupted() { throw .interrupted(file, received: partial.size) }
      if let failure = partial.failure { throw .file(failure) }
      switch outcome.ending {
      case .complete: if let path = try finish(file, partial, mayRetry: attempt < attempts) { return path }
      // The server has no more than is here: either all of it, or what is here belongs to another file.
      case .status(416) where before > 0:
        if let path = try finish(file, partial, mayRetry: attempt < attempts) { return path }
      case .status(let status):
        if status < 500 || attempt == attempts {
          throw .refused(file, path: path(of: file), status: status)
        }
      case .broken(let reason):
        guard attempt < attempts, partial.size > before else {
          if partial.size == 0 { throw .unreachable(file, path: path(of: file), reason: reason) }
          if partial.size > before || outcome.wasAnswered {
            throw .cutOff(file, received: partial.size, reason: reason)
          }
          throw .unreachable(file, path: path(of: file), reason: reason)
        }
      }
    }
    throw .cutOff(file, received: partial.size, reason: "too many tries")
  }

  /// Puts the file in place where its checksum is right; nil where a left-over of another file was in front, which is
  /// thrown away so that the next attempt begins anew.
  private func finish(
    _ file: RemoteFile, _ partial: PartialFile, mayRetry: Bool
  ) throws(FetchError) -> String? {
    let bytes: ByteSlice
    do throws(FormatError) { bytes = try MappedFile(path: partial.path).bytes } catch { throw .file(error) }
    guard file.checksum.matches(bytes) else {
      let (found, received) = (file.checksum.digest(of: bytes), partial.size)
      let isMixed = partial.holdsLeftOver
      partial.reset()
      if isMixed, mayRetry { return nil }
      throw .wrongContent(file, found: found, received: received)
    }
    do throws(FormatError) { try partial.rename(to: path(of: file)) } catch { throw .file(error) }
    return path(of: file)
  }
}
