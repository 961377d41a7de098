import Kernel

/// Keeps what commands show, for tests to look at.
final class RecordingOutput: Output {
  enum Event: Equatable {
    case display(String, id: String?)
    case update(String, id: String)
    case result(String, count: Int)
    case stream(String, OutputStream)
    case clear
  }

  private(set) var events: [Event] = []
  private(set) var bundles: [DisplayBundle] = []
  var answers: [String] = []

  func display(_ bundle: DisplayBundle, id: String?) {
    bundles.append(bundle)
    events.append(.display(bundle.plainText, id: id))
  }

  func update(_ bundle: DisplayBundle, id: String) {
    bundles.append(bundle)
    events.append(.update(bundle.plainText, id: id))
  }

  func result(_ bundle: DisplayBundle, executionCount: Int) {
    bundles.append(bundle)
    events.append(.result(bundle.plainText, count: executionCount))
  }

  func stream(_ text: String, to stream: OutputStream) { events.append(.stream(text, stream)) }

  func clear(wait: Bool) { events.append(.clear) }

  func readLine(prompt: String, password: Bool) throws -> String {
    guard !answers.isEmpty else { throw Diagnostic("no-input", "no answer is prepared") }
    return answers.removeFirst()
  }
}
