import CAMRuntime
import Glibc

/// Interrupts work at moments spread over its whole length and times what passes until it returns.
struct InterruptBench {
  let flag: InterruptFlag
  /// Longer work is interrupted within its first milliseconds of this number.
  private static let longest = 1_500.0

  /// The milliseconds from each interrupt to the return, beside the length of the work; what ended before its moment is
  /// left out.
  func json(count: Int, _ work: () throws -> Void) throws -> String {
    // The first run finds buffers and plans; the second one's length is that of those that are interrupted.
    _ = try run(Self.longest, work)
    let length = try run(Self.longest, work).length
    var waits: [Double] = []
    var ended = 0
    for index in 0..<count {
      if let wait = try run(length * (Double(index) + 0.5) / Double(count), work).wait {
        waits.append(wait)
      } else {
        ended += 1
      }
    }
    return "{\"waits\": \(waits), \"ended\": \(ended), \"length\": \(length)}"
  }

  /// One run with an interrupt after a delay: how long it took, and what of that passed behind the interrupt.
  private func run(_ delay: Double, _ work: () throws -> Void) throws -> (length: Double, wait: Double?) {
    let alarm = Alarm(flag, after: delay)
    flag.clear()
    defer { flag.clear() }
    let start = milliseconds()
    let thread = alarm.start()
    var wait: Double?
    do {
      try work()
      alarm.cancel()
    } catch is Interrupted {
      wait = milliseconds() - alarm.raisedAt
    }
    let length = milliseconds() - start
    if let thread { pthread_join(thread, nil) }
    return (wait == nil ? length : delay, wait)
  }
}

/// Raises a flag after some time, from a thread of its own.
private final class Alarm: @unchecked Sendable {
  private let flag: InterruptFlag
  private let delay: Double
  /// Nothing but the waiting thread and `cancel` use it, which a condition's own lock keeps apart.
  private var mutex = pthread_mutex_t()
  private var condition = pthread_cond_t()
  private var isCancelled = false
  /// When it was raised; written before the flag, read by who saw the flag.
  private(set) var raisedAt = 0.0

  init(_ flag: InterruptFlag, after delay: Double) {
    self.flag = flag
    self.delay = delay
    pthread_mutex_init(&mutex, nil)
    pthread_cond_init(&condition, nil)
  }

  func start() -> pthread_t? {
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Alarm>.fromOpaque(context).takeRetainedValue().wait()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    return status == 0 ? thread : nil
  }

  func cancel() {
    pthread_mutex_lock(&mutex)
    isCancelled = true
    pthread_cond_signal(&condition)
    pthread_mutex_unlock(&mutex)
  }

  private func wait() {
    var end = timespec()
    clock_gettime(CLOCK_REALTIME, &end)
    let nanoseconds = Int(delay * 1e6) + end.tv_nsec
    end.tv_sec += nanoseconds / 1_000_000_000
    end.tv_nsec = nanoseconds % 1_000_000_000
    pthread_mutex_lock(&mutex)
    var status: Int32 = 0
    while !isCancelled, status != ETIMEDOUT { status = pthread_cond_timedwait(&condition, &mutex, &end) }
    let isDue = !isCancelled
    pthread_mutex_unlock(&mutex)
    guard isDue else { return }
    raisedAt = milliseconds()
    flag.raise()
  }
}
