internal import CAMRuntime

/// What commands that look at one layer or one class ask of a call.
extension Call {
  /// The one layer that is named, or the model's default.
  func oneLayer(of model: LoadedModel) throws -> NodeID {
    let layers = try LayerReference(model).layers(of: try self[MethodOptions.layer])
    guard let layer = layers.first, layers.count == 1 else {
      throw several("layer", found: layers.count, at: span(of: MethodOptions.layer))
    }
    return layer
  }

  /// The one class that is named, or the likeliest.
  func oneClass() throws -> Word {
    let words = try self[MethodOptions.classes]
    guard words.count <= 1 else {
      throw several("class", found: words.count, at: span(of: MethodOptions.classes))
    }
    return words.first ?? Word("top1", statement.verb.span)
  }

  private func several(_ kind: String, found count: Int, at span: SourceSpan) -> Diagnostic {
    let verb = statement.verb.text.lowercased()
    let plural = kind == "class" ? "classes" : "\(kind)s"
    return Diagnostic("several-\(plural)", "\(verb) looks at one \(kind), found \(count)", at: span)
  }
}
