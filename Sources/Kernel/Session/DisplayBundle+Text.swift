extension DisplayBundle {
  /// A text.
  package static func text(_ text: String) -> DisplayBundle {
    DisplayBundle([("text/plain", .string(text))])
  }

  /// Its text/plain, which every bundle has.
  package var plainText: String {
    for (type, content) in data where type == "text/plain" {
      if case .string(let text) = content { return text }
    }
    return ""
  }
}
