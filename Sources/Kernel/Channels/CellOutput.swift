/// The `Output` of a cell that runs in a notebook: publishes everything as the cell's own.
final class CellOutput: Output {
  private let publisher: Publisher
  private let request: RawMessage
  private let isSilent: Bool
  private let question: (InputRequest) throws -> String

  init(
    publisher: Publisher, request: RawMessage, isSilent: Bool,
    question: @escaping (InputRequest) throws -> String
  ) {
    self.publisher = publisher
    self.request = request
    self.isSilent = isSilent
    self.question = question
  }

  func display(_ bundle: DisplayBundle, id: String?) {
    publishWords(beside: bundle)
    publish(.display(bundle, id: id))
  }

  func update(_ bundle: DisplayBundle, id: String) { publish(.update(bundle, id: id)) }

  func result(_ bundle: DisplayBundle, executionCount: Int) {
    publishWords(beside: bundle)
    publish(.result(bundle, executionCount: executionCount))
  }

  func stream(_ text: String, to stream: OutputStream) {
    if !text.isEmpty { publish(.stream(stream, text)) }
  }

  func clear(wait: Bool) { publish(.clearOutput(wait: wait)) }

  func readLine(prompt: String, password: Bool) throws -> String {
    try question(InputRequest(prompt: prompt, isPassword: password))
  }

  /// A frontend that can show pictures leaves out the text of the bundle.
  private func publishWords(beside bundle: DisplayBundle) {
    let words = bundle.beside
    if !words.caption.isEmpty { stream(words.caption + "\n", to: .stdout) }
    if !words.warnings.isEmpty {
      stream(words.warnings.map { "warning: \($0)\n" }.joined(), to: .stderr)
    }
  }

  private func publish(_ publication: Publication) {
    if !isSilent { publisher.post(publication, for: request) }
  }
}
