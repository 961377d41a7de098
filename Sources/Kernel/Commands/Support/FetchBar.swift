internal import CAMRuntime
internal import ModelIO

/// The progress bar of a download; it appears with the first bytes.
final class FetchBar {
  private let name: String
  private let context: CommandContext
  private var reporter: ProgressReporter?
  private var received = 0
  private var wasInterrupted = false

  init(_ name: String, in context: CommandContext) {
    self.name = name
    self.context = context
  }

  /// Whether the person has asked for an end.
  var isStopped: Bool { wasInterrupted || context.interrupt.isRaised }

  /// Shows how far the download is.
  func show(_ state: FetchProgress) {
    guard let total = state.total, state.received > received else { return }
    let bar = reporter ?? context.progress("fetch \(name)", total: total >> 10, unit: "KiB")
    reporter = bar
    let step = (state.received >> 10) - (received >> 10)
    received = state.received
    do throws(Interrupted) { try bar.advance(by: step) } catch { wasInterrupted = true }
  }

  /// Shows the final state.
  func finish() { reporter?.finish() }
}
