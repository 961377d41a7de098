internal import CLinux
import Glibc

/// Wakes a thread that waits on a file descriptor; ringing it twice before it is silenced counts once.
package final class Doorbell: Sendable {
  /// To be waited on; readable while the bell rings.
  package let descriptor: Int32

  package init() throws(KernelServerError) {
    descriptor = eventfd(0, Int32(O_NONBLOCK) | Int32(O_CLOEXEC))
    guard descriptor >= 0 else { throw .system(call: "eventfd", code: errno) }
  }

  deinit { close(descriptor) }

  /// Safe from any thread.
  package func ring() { _ = eventfd_write(descriptor, 1) }

  /// Ends the ringing; called by the thread that was woken, before it looks at what it was woken for.
  package func silence() {
    var rings: UInt = 0
    _ = eventfd_read(descriptor, &rings)
  }

  /// Waits until the bell rings; false where the time was over first.
  package func wait(timeoutMilliseconds: Int32) -> Bool {
    var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&item, 1, timeoutMilliseconds) == 1
  }
}
