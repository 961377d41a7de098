import Synchronization

/// What the threads of a kernel tell each other: is the shell at work, was it interrupted, is it time to leave.
package final class KernelLife: Sendable {
  private let shellIsBusy = Atomic<Bool>(false)
  private let interruptCount = Atomic<Int>(0)
  private let lastInterrupt = Mutex<Timestamp?>(nil)
  private let stops = Atomic<Bool>(false)
  private let shellLeft = Atomic<Bool>(false)
  private let requestCount = Atomic<Int>(0)
  private let trafficBytes = Atomic<Int>(0)
  /// Rings on an interrupt and when it is time to leave.
  package let shellBell: Doorbell
  /// Rings when it is time to leave.
  package let stopBell: Doorbell
  /// Rings when the shell has left, and control shall follow.
  package let controlBell: Doorbell

  private let onStop: @Sendable () -> Void

  package init(onStop: @escaping @Sendable () -> Void = {}) throws(KernelServerError) {
    self.onStop = onStop
    shellBell = try Doorbell()
    stopBell = try Doorbell()
    controlBell = try Doorbell()
  }

  /// Interrupts so far that met a shell at work; one that comes while nothing runs is harmless and not counted.
  package var interrupts: Int { interruptCount.load(ordering: .acquiring) }

  package var isStopping: Bool { stops.load(ordering: .acquiring) }

  /// Whether any request was served yet.
  package var hasServed: Bool { requestCount.load(ordering: .relaxed) > 0 }

  package func noteRequest() { requestCount.add(1, ordering: .relaxed) }

  /// Whether the shell has nothing to do.
  package var isIdle: Bool { !shellIsBusy.load(ordering: .acquiring) }

  package func noteTraffic(bytes: Int) { trafficBytes.add(bytes, ordering: .relaxed) }

  /// Bytes that were received and published since this was asked for with `forgetting`.
  package func traffic(forgetting: Bool = false) -> Int {
    forgetting ? trafficBytes.exchange(0, ordering: .relaxed) : trafficBytes.load(ordering: .relaxed)
  }

  package func setShellBusy(_ isBusy: Bool) { shellIsBusy.store(isBusy, ordering: .sequentiallyConsistent) }

  /// When the last of them was sent, by its sender's clock where it said so.
  package var interruptDate: Timestamp? { lastInterrupt.withLock { $0 } }

  /// Counts an interrupt; false where nothing was running.
  package func noteInterrupt(sent date: Timestamp) -> Bool {
    guard shellIsBusy.load(ordering: .sequentiallyConsistent) else { return false }
    lastInterrupt.withLock { $0 = date }
    interruptCount.add(1, ordering: .acquiringAndReleasing)
    shellBell.ring()
    return true
  }

  /// Whether the shell has left, and control shall follow.
  package var controlLeaves: Bool { shellLeft.load(ordering: .acquiring) }

  package func letControlLeave() {
    shellLeft.store(true, ordering: .releasing)
    controlBell.ring()
  }

  /// Says that it is time to leave.
  ///
  /// The kernel's main thread then ends the others, so who serves the request that this comes of has sent its reply and
  /// posted its idle before.
  package func stop() {
    stops.store(true, ordering: .sequentiallyConsistent)
    shellBell.ring()
    stopBell.ring()
    onStop()
  }
}
