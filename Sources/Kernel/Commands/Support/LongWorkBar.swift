internal import CAMRuntime

/// The bar of explanations that take long: one for all of a command, seen only where there is something to wait for.
final class LongWorkBar {
  /// What is done sooner needs no bar.
  private static let patience: UInt64 = 500_000_000
  private static let steps = 1_000

  private let reporter: ProgressReporter
  private let started = MonotonicClock.nanoseconds()
  /// How many explanations there will be.
  var parts = 1
  private var begun = 0
  private var shown = 0

  init(_ title: String, in context: CommandContext) {
    reporter = context.progress(title, total: Self.steps, unit: nil)
  }

  /// Does one of the parts, while its network says how far it is.
  func part<Result>(_ meter: WorkMeter, _ work: () throws -> Result) throws -> Result {
    meter.listener = { [unowned self] share in try show(share) }
    defer { meter.listener = nil }
    let result = try work()
    try show(1)
    begun += 1
    return result
  }

  private func show(_ share: Double) throws {
    let done = Int(Double(Self.steps) * (Double(begun) + share) / Double(max(parts, 1)))
    guard done > shown, MonotonicClock.nanoseconds() - started > Self.patience else { return }
    try reporter.advance(by: done - shown, note: parts > 1 ? "map \(min(begun + 1, parts)) of \(parts)" : nil)
    shown = done
  }
}
