import Glibc

/// A process that is a kernel and nothing else: signals, the parent's death, exit status.
extension KernelServer {
  /// How often the parent is looked at; signals are answered at once.
  private static let parentIntervalNanoseconds = 250_000_000

  /// Serves the connection until the kernel is told to leave, and gives the process's exit status: 0, or 2 after one
  /// line on stderr where it could not start.
  ///
  /// To be called on the main thread, before any other was started: it keeps signals from them.
  package static func serve(connectionFile path: String, interpreter: sending any Interpreter) -> Int32 {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    signal(SIGPIPE, SIG_IGN)
    let parent = ParentProcess()
    let server: KernelServer
    do {
      server = try KernelServer(connection: try ConnectionFile(path: path), interpreter: interpreter) {
        // Wakes the main thread, which waits for signals.
        kill(getpid(), SIGTERM)
      }
    } catch {
      complain("\(error)")
      return 2
    }
    server.waitForSignals(signals, parent: parent)
    if !server.finish() {
      // Whatever is still running is not waited for; libzmq's own thread may be writing the last of what it took.
      usleep(100_000)
      _exit(0)
    }
    return 0
  }

  /// Serves signals until one of them, a client or the parent's death says that the kernel leaves.
  private func waitForSignals(_ signals: sigset_t, parent: ParentProcess) {
    var signals = signals
    while !isStopping {
      var interval = timespec(tv_sec: 0, tv_nsec: Self.parentIntervalNanoseconds)
      switch sigtimedwait(&signals, nil, &interval) {
      case SIGINT: interrupt()
      case SIGTERM, SIGHUP: if !isStopping { stop() }
      default: if parent.isGone { stop() }
      }
    }
  }

  private static func complain(_ reason: String) {
    let line = Array("camkernel: \(reason)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
  }
}

/// The process that started the kernel, where it said that the kernel shall not outlive it (`JPY_PARENT_PID`, as
/// jupyter_client sets it).
private struct ParentProcess {
  private let identifier: pid_t?

  init() { identifier = getenv("JPY_PARENT_PID") == nil ? nil : getppid() }

  /// An orphan gets another parent.
  var isGone: Bool { identifier.map { $0 != getppid() } ?? false }
}
