/// A notebook file (nbformat 4), read as parts of a report; nothing in it is run or trusted.
package enum NotebookFile {
  /// Why a file is no notebook that can be read.
  package enum Failure: Error, Equatable, CustomStringConvertible {
    case notJSON(String)
    case notNotebook
    case version(Int)
    case badCell(Int)

    package var description: String {
      switch self {
      case .notJSON(let reason): "not a notebook: \(reason)"
      case .notNotebook: "not a notebook: it has no list of cells"
      case .version(let major): "notebook format \(major) is not known, format 4 is wanted"
      case .badCell(let index): "cell \(index + 1) of the notebook has no type or no source"
      }
    }
  }

  /// The cells of a notebook in their order.
  package static func cells(of bytes: [UInt8]) throws(Failure) -> [ReportCell] {
    let notebook: JSONValue
    do {
      notebook = try JSONParser.parse(bytes)
    } catch {
      throw .notJSON("\(error)")
    }
    guard let cells = notebook["cells"]?.array else {
      if let major = notebook["nbformat"]?.int, major != 4 { throw .version(major) }
      throw .notNotebook
    }
    var parts: [ReportCell] = []
    for (index, cell) in cells.enumerated() {
      guard let type = cell["cell_type"]?.string, let source = text(cell["source"]) else {
        throw .badCell(index)
      }
      switch type {
      case "markdown": parts.append(.prose(markdown: source, attachments: attachments(of: cell)))
      case "code":
        let outputs = (cell["outputs"]?.array ?? []).compactMap(output)
        parts.append(.code(source: source, count: cell["execution_count"]?.int, outputs: outputs))
      default: break
      }
    }
    return parts
  }

  /// A text that nbformat writes as one string or as a list of lines.
  private static func text(_ value: JSONValue?) -> String? {
    if let text = value?.string { return text }
    return value?.array.map { $0.compactMap(\.string).joined() }
  }

  private static func attachments(of cell: JSONValue) -> [String: String] {
    var found: [String: String] = [:]
    for (name, bundle) in cell["attachments"]?.object?.members ?? [] {
      for (type, content) in bundle.object?.members ?? [] where type.hasPrefix("image/") {
        found[name] = content.string.map { "data:\(type);base64,\($0.filter { !$0.isWhitespace })" }
      }
    }
    return found
  }

  private static func output(_ value: JSONValue) -> ReportOutput? {
    switch value["output_type"]?.string {
    case "stream": .stream(text: text(value["text"]) ?? "", isError: value["name"]?.string == "stderr")
    case "error": .mistake(traceback: value["traceback"]?.array?.compactMap(\.string) ?? [])
    case "display_data", "execute_result":
      .bundle(
        DisplayBundle(
          (value["data"]?.object?.members ?? []).map { type, content in
            (type, text(content).map { .string($0) } ?? content)
          },
          metadata: value["metadata"] ?? [:]))
    default: nil
    }
  }
}
