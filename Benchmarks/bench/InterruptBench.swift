import CAMRuntime
import Glibc

/// Interrupts work at several moments and times what passes until it returns.
struct InterruptBench {
  let flag: InterruptFlag
  /// The first and the last moment, milliseconds after the start.
  private static let moments = (first: 3.0, last: 900.0)

  /// The milliseconds from each interrupt to the return; work that ended before is left out.
  func json(count: Int, _ work: () throws -> Void) throws -> String {
    var waits: [Double] = []
    var ended = 0
    for index in 0..<count {
      let share = count > 1 ? Double(index) / Double(count - 1) : 0
      let alarm = Alarm(flag, after: Self.moments.first * pow(Self.moments.last / Self.moments.first, share))
      flag.clear()
      let thread = alarm.start()
      do {
        try work()
        ended += 1
      } catch is Interrupted {
        waits.append(milliseconds() - alarm.raisedAt)
      }
      if let thread { pthread_join(thread, nil) }
      flag.clear()
    }
    return "{\"waits\": \(waits), \"ended\": \(ended)}"
  }
}

/// Raises a flag after some time, from a thread of its own.
private final class Alarm: @unchecked Sendable {
  private let flag: InterruptFlag
  private let delay: Double
  /// When it was raised; written before the flag, read by who saw the flag.
  private(set) var raisedAt = 0.0

  init(_ flag: InterruptFlag, after delay: Double) {
    self.flag = flag
    self.delay = delay
  }

  func start() -> pthread_t? {
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let alarm = Unmanaged<Alarm>.fromOpaque(context).takeRetainedValue()
        usleep(UInt32(alarm.delay * 1e3))
        alarm.raisedAt = milliseconds()
        alarm.flag.raise()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    return status == 0 ? thread : nil
  }
}
