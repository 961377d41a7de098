import CAMRuntime
import Testing

@Suite("Places of maxima")
struct MaxPoolIndicesTests {
  private func run(_ operation: any Operation, _ input: Tensor) throws -> Tensor {
    var builder = GraphBuilder()
    let output = try builder.add(operation, builder.input(shape: input.shape.withBatch(1)))
    let network = try Network(builder.build(output: output))
    return try #require(try network.forward(input)[output])
  }

  @Test("lead to the pool's values", arguments: [false, true])
  func places(_ countsColumns: Bool) throws {
    let shape: Shape = [2, 3, 7, 5]
    var numbers = SeededNumbers(13)
    let input = numbers.distinct(shape)
    let pool = MaxPool(kernel: Extent(3, 2), stride: 2, padding: 1, dilation: Extent(1, 2), ceilMode: true)
    let values = try run(pool, input).values
    let found = try run(MaxPoolIndices(of: pool, countsColumns: countsColumns), input).values.map(Int.init)
    let looked = found.map { place in
      let plane = place / 35 * 35, rest = place % 35
      return input.values[countsColumns ? plane + rest % 7 * 5 + rest / 7 : place]
    }
    #expect(looked == values)
  }

  @Test("of equal values the first counts")
  func ties() throws {
    let found = try run(MaxPoolIndices(of: MaxPool(kernel: 2)), .zeros([1, 1, 2, 4]))
    #expect(found.values == [0, 2])
  }

  @Test("are refused where floats do not count them")
  func tooMany() {
    var builder = GraphBuilder()
    #expect(throws: GraphError.self) {
      let input = try builder.input(shape: [1, 1, 4096, 4096])
      try builder.add(MaxPoolIndices(of: MaxPool(kernel: 2)), input)
    }
  }
}
