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

  func display(_ bundle: DisplayBundle, id: String?) { publish(.display(bundle, id: id)) }

  func update(_ bundle: DisplayBundle, id: String) { publish(.update(bundle, id: id)) }

  func result(_ bundle: DisplayBundle, executionCount: Int) {
    publish(.result(bundle, executionCount: executionCount))
  }

  func stream(_ text: String, to stream: OutputStream) {
    if !text.isEmpty { publish(.stream(stream, text)) }
  }

  func clear(wait: Bool) { publish(.clearOutput(wait: wait)) }

  func readLine(prompt: String, password: Bool) throws -> String {
    try question(InputRequest(prompt: prompt, isPassword: password))
  }

  private func publish(_ publication: Publication) {
    if !isSilent { publisher.post(publication, for: request) }
  }
}
