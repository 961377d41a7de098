import CAMRuntime
import Testing

@Suite("what a network's first steps and maps tell")
struct PictureRangeTests {
  private static func vector(_ values: [Float]) -> Tensor { Tensor([1, values.count, 1, 1], values: values) }

  private static let convolution = Convolution(
    weight: Tensor([2, 3, 1, 1], values: [1, 2, 3, 4, 5, 6]), bias: Tensor([2], values: [0, 1]))

  /// A network that begins with these steps; a constant is the second input of the step behind it.
  private static func graph(_ steps: [any Operation]) throws -> Graph {
    var builder = GraphBuilder()
    var last = try builder.input(shape: [1, 3, 4, 4])
    var constant: NodeID?
    for step in steps {
      if step is Constant {
        constant = try builder.add(step, [])
      } else {
        last = try builder.add(step, [last] + (constant.map { [$0] } ?? []))
        constant = nil
      }
    }
    last = try builder.add(convolution, [last])
    last = try builder.add(GlobalAveragePool(), [last])
    return try builder.build(output: last)
  }

  private static func norm(_ variance: Float) -> BatchNorm {
    let ones = Tensor([3], values: [1, 1, 1])
    return BatchNorm(
      scale: ones, shift: ones, mean: ones, variance: Tensor([3], values: [variance, variance, variance]))
  }

  private static let deviations = Constant(vector([0.229, 0.224, 0.225]))

  static let cases: [(String, [any Operation], PictureRange?)] = [
    ("nothing", [], nil),
    ("v / 255", [Scale(factor: 1 / 255)], .bytes),
    ("v / 127.5 - 1 behind a padding", [Pad(1), Scale(factor: 1 / 127.5, summand: -1)], .bytes),
    ("2 v - 1", [Scale(factor: 2, summand: -1)], .shares),
    (
      "(v - mean) / deviation", [Constant(vector([0.485, 0.456, 0.406])), Subtract(), deviations, Divide()],
      .shares
    ),
    (
      "(v / 255 - mean) / deviation", [Scale(factor: 1 / 255), deviations, Subtract(), deviations, Divide()],
      .bytes
    ),
    ("statistics of 0...255", [norm(4000)], .bytes),
    ("statistics of what was scaled before", [norm(1.1)], nil),
    ("a sum alone", [Scale(factor: 1, summand: -0.5)], nil),
  ]

  @Test("the range of the pictures that a network wants", arguments: cases.indices)
  func range(_ index: Int) throws {
    let (name, steps, expected) = Self.cases[index]
    #expect(PictureRange.of(try Self.graph(steps)) == expected, "\(name)")
  }

  @Test("pictures in their range have nothing else done to them, and grey ones stay grey")
  func applied() {
    let bytes = PictureRange.bytes.applied(to: .torchvision())
    #expect(bytes.divisor == 1 && bytes.mean == [0, 0, 0] && bytes.deviation == [1, 1, 1])
    #expect(bytes.fit == Preprocessing.torchvision().fit)
    var grey = Preprocessing.torchvision()
    grey.order = .grey
    grey.mean = [0.5]
    grey.deviation = [0.5]
    let shares = PictureRange.shares.applied(to: grey)
    #expect(shares.divisor == 255 && shares.mean == [0] && shares.deviation == [1] && shares.order == .grey)
  }

  @Test("a row of boxes is no map of the picture, nor is one whose channels come last")
  func defaultLayer() throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 3, 16, 16])
    let map = try builder.add(Self.convolution, [input], name: "map")
    let boxes = try builder.add(Reshape([0, 2, 2, 128]), [map], name: "boxes")
    let turned = try builder.add(Transpose([0, 2, 3, 1]), [boxes], name: "turned")
    let cut = try builder.add(ReLU(), [turned], name: "cut")
    let output = try builder.add(Flatten(), [cut])
    let graph = try builder.build(output: output)
    #expect(graph[DefaultLayerRule.layer(of: graph).id].name == "map")
  }
}
