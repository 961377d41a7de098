/// One part of a report: text that a person wrote, or a cell with what it showed.
package enum ReportCell: Sendable {
  case prose(markdown: String, attachments: [String: String])
  case code(source: String, count: Int?, outputs: [ReportOutput])
}

/// Something that a cell showed.
package enum ReportOutput: Sendable {
  case stream(text: String, isError: Bool)
  case bundle(DisplayBundle)
  /// A mistake, as the lines that a terminal would print, colours included.
  case mistake(traceback: [String])
}
