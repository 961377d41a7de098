import CAMRuntime
import Testing

@Suite("Gradients of max pools")
struct MaxPoolGradientTests {
  @Test(
    "each window's gradient goes to its first greatest value, or to the last that is no number",
    arguments: [
      (16, MaxPool(kernel: 3, stride: 2, padding: 1)), (21, MaxPool(kernel: 2)),
      (37, MaxPool(kernel: Extent(2, 3), stride: 1, padding: 1, dilation: 2)),
    ])
  func greatest(_ channels: Int, _ pool: MaxPool) throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, channels, 9, 8])
    let output = try builder.add(pool, input)
    let network = try Network(builder.build(output: output))
    var numbers = SeededNumbers(3)
    let shape: Shape = [2, channels, 9, 8]
    // Few different values, so that many windows have several greatest ones, and some that are no numbers.
    var values = numbers.tensor(shape).values.map { ($0 * 3).rounded() }
    for place in stride(from: 5, to: values.count, by: 97) { values[place] = .nan }
    let base = try network.forward(Tensor(shape, values: values))
    let pooled = try #require(base[output]).shape
    let seed = numbers.tensor(pooled)
    let found = try network.gradient(from: output, seed: seed, withRespectTo: [input], at: base)
    var expected = [Double](repeating: 0, count: values.count)
    for (place, share) in seed.values.enumerated() {
      let ox = place % pooled[3], oy = place / pooled[3] % pooled[2], map = place / (pooled[3] * pooled[2])
      var winner: Int?
      for tap in 0..<pool.kernel.height * pool.kernel.width {
        let y =
          oy * pool.stride.height - pool.padding.top + tap / pool.kernel.width * pool.dilation.height
        let x = ox * pool.stride.width - pool.padding.left + tap % pool.kernel.width * pool.dilation.width
        guard (0..<9).contains(y), (0..<8).contains(x) else { continue }
        let at = (map * 9 + y) * 8 + x
        if winner.map({ values[at] > values[$0] || values[at].isNaN }) ?? true { winner = at }
      }
      if let winner { expected[winner] += Double(share) }
    }
    #expect(difference(try #require(found[input]).values, expected) < 1e-6)
  }
}
