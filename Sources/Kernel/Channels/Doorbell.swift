import Glibc

/// Wakes a thread that waits on a file descriptor; ringing it twice before it is answered counts once.
package final class Doorbell: Sendable {
  /// To be waited on; readable while the bell rings.
  package let descriptor: Int32
  private let button: Int32

  package init() throws(KernelServerError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .system(call: "pipe", code: errno) }
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    descriptor = ends[0]
    button = ends[1]
  }

  deinit {
    close(descriptor)
    close(button)
  }

  /// Safe from any thread. A full pipe refuses the byte, and then the bell rings anyway.
  package func ring() {
    var byte: UInt8 = 1
    while write(button, &byte, 1) == -1, errno == EINTR {}
  }

  /// Ends the ringing; called by the thread that was woken, before it looks at what it was woken for.
  package func silence() {
    var bytes = [UInt8](repeating: 0, count: 64)
    while true {
      let count = read(descriptor, &bytes, bytes.count)
      if count == bytes.count || (count == -1 && errno == EINTR) { continue }
      return
    }
  }

  /// Waits until the bell rings; false where the time was over first.
  package func wait(timeoutMilliseconds: Int32) -> Bool {
    var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&item, 1, timeoutMilliseconds) == 1
  }
}
