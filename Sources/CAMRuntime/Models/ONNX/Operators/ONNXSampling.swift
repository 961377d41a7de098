internal import ModelIO

/// Values at the places that a grid names.
enum ONNXSampling {
  static let importers: [String: ONNXOperatorImporter] = [
    "GridSample": { view, net throws(ONNXImportError) in
      let mode: GridSample.Mode
      switch view.node.string("mode") ?? "linear" {
      case "linear", "bilinear": mode = .linear
      case "cubic", "bicubic": mode = .cubic
      case "nearest": mode = .nearest
      case let other: throw view.failure(.unsupported("mode '\(other)'"))
      }
      let outside: GridSample.Outside
      switch view.node.string("padding_mode") ?? "zeros" {
      case "zeros": outside = .zeros
      case "border": outside = .border
      case "reflection": outside = .reflection
      case let other: throw view.failure(.unsupported("padding_mode '\(other)'"))
      }
      let sample = GridSample(
        mode, outside: outside, alignsCorners: view.node.integer("align_corners") == 1)
      return [try net.emit(sample, [try view.input(0), try view.input(1)], for: view)]
    }
  ]
}
