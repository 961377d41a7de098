internal import CAMRuntime
package import Display

/// How often the numbers of a part of a result occur: what `show NAME what=weights` gives.
package struct PartHistogram: SessionValue {
  package static let noun = "histogram"

  private let part: String
  private let shape: [Int]
  private let values: [Float]
  private let source: any SessionValue
  private let least: Float
  private let greatest: Float
  private let mean: Double
  private let zeros: Int

  /// The numbers of the part of that name, and the result that has it.
  init(_ part: String, shape: [Int], values: [Float], of source: any SessionValue) {
    self.part = part
    self.shape = shape
    self.values = values
    self.source = source
    least = values.min() ?? 0
    greatest = values.max() ?? 0
    mean = values.reduce(0) { $0 + Double($1) } / Double(max(1, values.count))
    zeros = values.count { $0 == 0 }
  }

  package var summary: String {
    func text(_ number: Double) -> String { NumberText.text(number, significant: 4) }
    let sizes = shape.map(String.init).joined(separator: "x")
    let numbers =
      "\(part) (\(sizes)): \(text(Double(least))) to \(text(Double(greatest))), mean \(text(mean))"
      + (zeros > 0 ? ", \(zeros) of \(values.count) zero" : "")
    return "\(source.summary)\n\(numbers)"
  }

  package func bundle(with settings: Settings) throws -> DisplayBundle {
    .figure(try settings.picture(of: figure(with: settings), notes: notes), text: summary, facts: facts)
  }
}

extension PartHistogram: FigureValue, FactualValue {
  package func figure(with settings: Settings) -> any Figure {
    // Dead channels would be one bar that makes all others flat.
    let counted = zeros < values.count ? values.filter { $0 != 0 } : values
    var chart = Histogram(counted, size: Size(560, 280))
    chart.title = title
    chart.xName = part == "weights" ? "weight of a channel" : part == "logits" ? "logit" : "value"
    if counted.count < values.count { chart.xName += ", without \(zeros) that are zero" }
    if least < 0, greatest > 0 { chart.marks = [(0, "zero")] }
    return chart
  }

  private var title: String {
    guard let result = source as? ExplanationResult, let item = result.items.first else {
      return "\(part) of the \(type(of: source).noun)"
    }
    let several = result.items.count > 1 ? " and \(result.items.count - 1) more" : ""
    return "\(part) of \(item.explanation.method), \(item.subject)\(several)"
  }

  package var facts: JSONValue {
    [
      "verb": "show", "what": .string(part), "shape": .array(shape.map { .integer($0) }),
      "min": .number(Double(least)), "max": .number(Double(greatest)), "mean": .number(mean),
      "zeros": .integer(zeros), "result": (source as? any FactualValue)?.facts ?? .null,
    ]
  }
}
