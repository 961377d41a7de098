internal import CAMRuntime
internal import Glibc

/// Waits, showing progress; without a time it waits for the person.
struct PauseCommand: Command {
  private static let stepMilliseconds: UInt32 = 20

  private static let seconds = Parameter.optional(
    "seconds", NumberValue(in: 0...86_400, placeholder: "SECONDS"),
    "how long; without it until Enter is pressed")

  let signature = CommandSignature(
    "pause", "waits and shows progress; an interrupt ends it", group: .session, parameters: [seconds],
    examples: ["pause 0.1"])

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    guard let seconds = try call[Self.seconds] else { return try waitForPerson(call, context) }
    let start = MonotonicClock.nanoseconds()
    let total = Int((seconds * 1000).rounded())
    let progress = context.progress("pause", total: total, unit: nil)
    var done = 0
    while done < total {
      usleep(min(Self.stepMilliseconds, UInt32(total - done)) * 1000)
      let passed = min(total, Int((MonotonicClock.nanoseconds() - start) / 1_000_000))
      try progress.advance(by: passed - done)
      done = passed
    }
    progress.finish()
    return .nothing
  }

  private func waitForPerson(_ call: Call, _ context: CommandContext) throws -> CommandResult {
    guard context.allowsInput else {
      throw Diagnostic(
        "no-input", "nobody can be asked here", at: call.statement.verb.span,
        hints: ["give a time: `pause SECONDS`"])
    }
    _ = try context.output.readLine(prompt: "press Enter to go on ", password: false)
    return .nothing
  }
}
