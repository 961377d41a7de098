import CAMRuntime
import Testing

@Suite("Dropout in training mode")
struct SeededDropoutTests {
  @Test(
    "draws as NumPy's generator does",
    arguments: [(UInt32(0), 376_429_536), (3, 270_189_831), (.max, 63_519_685)])
  func mask(_ seed: UInt32, _ expected: Int) {
    let mask = SeededDropout(rate: 0.25, seed: seed, count: 2000).mask.values
    // The places that stay, joined so that each counts.
    let sum = mask.indices.reduce(0) { ($0 * 31 + (mask[$1] == 1 ? $1 + 1 : 0)) % 1_000_000_007 }
    #expect(sum == expected)
  }

  @Test("scales what stays, and treats each entry alike")
  func entries() throws {
    let dropout = SeededDropout(rate: 0.5, seed: 0, count: 10)
    // NumPy's first numbers from seed 0: 0.549 0.715 0.603 0.545 0.424 0.646 0.438 0.892 0.964 0.383.
    #expect(dropout.mask.values == [1, 1, 1, 1, 0, 1, 0, 1, 1, 0])
    var builder = GraphBuilder()
    let output = try builder.add(dropout, builder.input(shape: [1, 10]))
    let network = try Network(builder.build(output: output))
    let found = try #require(try network.forward(Tensor.filled([3, 10], with: 2))[output])
    #expect(found.values == [[Float]](repeating: dropout.mask.values.map { $0 * 4 }, count: 3).flatMap { $0 })
  }
}
