package import CAMRuntime

/// The one progress bar: in place in a notebook, on one line of a terminal, at most ten updates a second.
///
/// Every step checks the interrupt flag, so a loop that reports its progress can be interrupted.
package final class ProgressReporter {
  private static let nanosecondsBetweenUpdates: UInt64 = 100_000_000
  private static let barLength = 24

  private let title: String
  private let total: Int
  private let unit: String?
  private let output: any Output
  private let interrupt: InterruptFlag
  private let now: () -> UInt64
  private let started: UInt64
  private let id: String
  private var done = 0
  private var note = ""
  private var lastShown: UInt64?
  private var isFinished = false

  /// - Parameters:
  ///   - title: what is being done.
  ///   - total: how many steps there are; none shows a bar that is full.
  ///   - unit: what a step is, in the plural; nil where steps mean nothing to a person.
  ///   - output: where it is shown.
  ///   - interrupt: the flag that ends the work.
  ///   - now: a clock in nanoseconds, for tests.
  package init(
    _ title: String, total: Int, unit: String? = "steps", output: any Output, interrupt: InterruptFlag,
    now: @escaping () -> UInt64 = MonotonicClock.nanoseconds
  ) {
    self.title = title
    self.total = max(0, total)
    self.unit = unit
    self.output = output
    self.interrupt = interrupt
    self.now = now
    started = now()
    id = "progress-\(started)-\(MonotonicClock.nextSerial())"
  }

  /// A bar whose work ended by an error says so: nothing promises time left that nobody works in.
  deinit { if lastShown != nil { finish() } }

  /// Counts steps as done; throws where the work was asked to stop.
  ///
  /// - Parameters:
  ///   - count: how many more are done.
  ///   - note: a few words behind the bar, such as the loss; nil keeps the former.
  /// - Throws: `Interrupted` where somebody asked the work to stop.
  package func advance(by count: Int = 1, note: String? = nil) throws(Interrupted) {
    done = min(total, done + count)
    if let note { self.note = note }
    show(force: false)
    try interrupt.check()
  }

  /// Shows the final state, once, when the work is done or has ended before.
  package func finish(note: String? = nil) {
    guard !isFinished else { return }
    isFinished = true
    if let note { self.note = note }
    show(force: true)
  }

  private func show(force: Bool) {
    let time = now()
    if let lastShown, !force, time - lastShown < Self.nanosecondsBetweenUpdates { return }
    if lastShown == nil {
      output.display(.progress(line(at: time)), id: id)
    } else {
      output.update(.progress(line(at: time)), id: id)
    }
    lastShown = time
  }

  /// One line, such as `train ██████░░░░ 42% 420/1000 images, 98/s, 6 s left, loss 0.31`.
  private func line(at time: UInt64) -> String {
    let share = total == 0 ? 1 : Double(done) / Double(total)
    let full = Int(share * Double(Self.barLength))
    let bar = String(repeating: "█", count: full) + String(repeating: "░", count: Self.barLength - full)
    let count = unit.map { " \(done)/\(total) \($0)" } ?? ""
    var parts = ["\(title) \(bar) \(Int(share * 100))%\(count)"]
    let seconds = Double(time - started) / 1e9
    if isFinished {
      parts.append((done < total ? "stopped after " : "in ") + TimeText.text(seconds))
    } else if done > 0, seconds > 0 {
      let rate = Double(done) / seconds
      if unit != nil { parts.append("\(NumberText.text(rate, significant: 3))/s") }
      parts.append("\(TimeText.text(Double(total - done) / rate)) left")
    }
    if !note.isEmpty { parts.append(note) }
    return parts.joined(separator: ", ")
  }
}

extension DisplayBundle {
  fileprivate static func progress(_ line: String) -> DisplayBundle {
    DisplayBundle([("text/plain", .string(line))], metadata: ["camkernel": ["progress": true]])
  }

  /// Whether it is a progress bar.
  package var isProgress: Bool { metadata["camkernel"]?["progress"] == .bool(true) }
}
