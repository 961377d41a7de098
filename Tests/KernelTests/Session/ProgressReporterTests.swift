import CAMRuntime
import Kernel
import Testing

@Suite("ProgressReporter") struct ProgressReporterTests {
  @Test("updates one display at most ten times a second, and always at the end")
  func rate() throws {
    let output = RecordingOutput()
    var time: UInt64 = 5_000_000_000
    let progress = ProgressReporter(
      "train", total: 1000, unit: "images", output: output, interrupt: InterruptFlag(), now: { time })
    for _ in 0..<1000 {
      time += 2_000_000
      try progress.advance()
    }
    progress.finish(note: "loss 0.31")
    progress.finish()
    #expect(output.events.count <= 22)
    var ids: Set<String> = []
    for event in output.events {
      switch event {
      case .display(_, let id): ids.insert(id ?? "none")
      case .update(_, let id): ids.insert(id)
      default: Issue.record("a bar shows nothing else")
      }
    }
    #expect(ids.count == 1 && !ids.contains("none"))
    let bar = String(repeating: "█", count: 24)
    #expect(output.bundles.last?.plainText == "train \(bar) 100% 1000/1000 images, in 2 s, loss 0.31")
  }

  @Test("tells rate and time left")
  func left() throws {
    let output = RecordingOutput()
    var time: UInt64 = 0
    let progress = ProgressReporter(
      "evaluate", total: 100, unit: "images", output: output, interrupt: InterruptFlag(), now: { time })
    time = 10_000_000_000
    try progress.advance(by: 25)
    #expect(
      output.bundles.last?.plainText
        == "evaluate ██████░░░░░░░░░░░░░░░░░░ 25% 25/100 images, 2.5/s, 30 s left")
  }

  @Test("work that an error ended is shown as stopped")
  func stopped() throws {
    let output = RecordingOutput()
    let flag = InterruptFlag()
    var time: UInt64 = 0
    func work() throws {
      let progress = ProgressReporter("train", total: 4, output: output, interrupt: flag, now: { time })
      try progress.advance()
      time = 3_000_000_000
      flag.raise()
      try progress.advance()
      progress.finish()
    }
    #expect(throws: Interrupted.self) { try work() }
    #expect(output.events.count == 3)
    #expect(
      output.bundles.last?.plainText == "train ████████████░░░░░░░░░░░░ 50% 2/4 steps, stopped after 3 s")
  }

  @Test("a step throws where the work was asked to stop")
  func interrupt() {
    let flag = InterruptFlag()
    let progress = ProgressReporter("x", total: 2, output: RecordingOutput(), interrupt: flag)
    flag.raise()
    #expect(throws: Interrupted.self) { try progress.advance() }
  }
}
