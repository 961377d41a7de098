internal import CLinux
import Glibc
import Synchronization

/// A named thread that makes, uses and gives up what it works on (its sockets).
package final class ChannelThread: Sendable {
  private let failure = Mutex<KernelServerError?>(nil)
  private let ready: Doorbell
  private let finished: Doorbell

  private init() throws(KernelServerError) {
    ready = try Doorbell()
    finished = try Doorbell()
  }

  /// Starts a thread that runs `prepare` and, where that did not fail, `body` with its result.
  ///
  /// `waitUntilReady` tells what came of `prepare`, so that several threads can get ready at the same time. When `join`
  /// tells the end, the result was let go of: a socket in it is closed.
  package static func start<Resource>(
    _ name: String, stackBytes: Int = 256 << 10,
    prepare: @escaping @Sendable () throws(KernelServerError) -> Resource,
    body: @escaping @Sendable (Resource) -> Void
  ) throws(KernelServerError) -> ChannelThread {
    let thread = try ChannelThread()
    let work = ThreadWork {
      pthread_setname_np(pthread_self(), name)
      thread.run(prepare, body)
      thread.finished.ring()
    }
    try work.launch(stackBytes: stackBytes)
    return thread
  }

  /// Not part of its caller, so that nothing of the resource is left when it returns.
  @inline(never) private func run<Resource>(
    _ prepare: () throws(KernelServerError) -> Resource, _ body: (Resource) -> Void
  ) {
    do throws(KernelServerError) {
      let resource = try prepare()
      report(nil)
      body(resource)
    } catch {
      report(error)
    }
  }

  package func waitUntilReady() throws(KernelServerError) {
    _ = ready.wait(timeoutMilliseconds: -1)
    if let failure = failure.withLock({ $0 }) { throw failure }
  }

  /// Waits for the thread's end; false where the time was over first.
  ///
  /// A negative time waits for ever.
  package func join(timeoutMilliseconds: Int32 = -1) -> Bool {
    finished.wait(timeoutMilliseconds: timeoutMilliseconds)
  }

  private func report(_ reason: KernelServerError?) {
    failure.withLock { $0 = reason }
    ready.ring()
  }
}

/// A closure on its way to a new thread.
private final class ThreadWork: Sendable {
  private let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }

  func launch(stackBytes: Int) throws(KernelServerError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackBytes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let work = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, &attributes,
      { pointer in
        guard let pointer else { return nil }
        Unmanaged<ThreadWork>.fromOpaque(pointer).takeRetainedValue().run()
        return nil
      }, work.toOpaque())
    if code != 0 {
      work.release()
      throw .system(call: "pthread_create", code: code)
    }
  }
}
