import CAMRuntime
import Testing

@Suite("Comparisons and choices")
struct ChoiceTests {
  private func run(_ operation: any Operation, _ values: [Tensor]) throws -> [Float] {
    var builder = GraphBuilder()
    var ids = [try builder.input(shape: values[0].shape)]
    for value in values.dropFirst() { ids.append(try builder.add(Constant(value))) }
    let output = try builder.add(operation, ids)
    let network = try Network(builder.build(output: output))
    return try #require(try network.forward(values[0])[network.graph.output]).values
  }

  @Test(
    "a relation is one where it holds, and never of what is not a number",
    arguments: [
      (Compare.Relation.less, [1, 0, 0, 0, 0] as [Float]), (.lessOrEqual, [1, 1, 0, 0, 0]),
      (.greater, [0, 0, 1, 0, 0]), (.greaterOrEqual, [0, 1, 1, 0, 0]), (.equal, [0, 1, 0, 0, 0]),
    ])
  func relations(_ relation: Compare.Relation, _ expected: [Float]) throws {
    let left = Tensor([1, 5], values: [1, 2, 3, .nan, 2]), right = Tensor([5], values: [2, 2, 2, 2, .nan])
    #expect(try run(Compare(relation), [left, right]) == expected)
  }

  @Test("what was not chosen leaves no trace, whatever it is")
  func infinite() throws {
    let mask = Tensor([1, 4], values: [1, 0, 1, 0])
    let yes = Tensor([4], values: [1, .infinity, .infinity, .nan])
    let no = Tensor([4], values: [.nan, 2, -.infinity, 4])
    #expect(try run(Where(), [mask, yes, no]) == [1, 2, .infinity, 4])
  }

  @Test("a choice's gradient goes to what was chosen, summed over what was broadcast")
  func gradient() throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 1, 3])
    let mask = try builder.add(Constant(Tensor([2, 3], values: [1, 0, 0, 0, 0, 1])))
    let doubled = try builder.add(Scale(factor: 2), input)
    let chosen = try builder.add(Where(), mask, input, doubled)
    let network = try Network(builder.build(output: chosen))
    let values = try network.forward(Tensor([1, 1, 3], values: [1, 2, 3]), keeping: [input, chosen])
    #expect(values[chosen]?.values == [1, 4, 6, 2, 4, 3])
    let gradients = try network.gradient(
      from: chosen, seed: .filled([1, 2, 3], with: 1), withRespectTo: [input], at: values)
    #expect(gradients[input]?.values == [3, 4, 3])
  }

  @Test("a power of zero has no slope for its exponent")
  func power() throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 3])
    let base = try builder.add(Constant(Tensor([3], values: [0, 2, 3])))
    let power = try builder.add(Power(), base, input)
    let network = try Network(builder.build(output: power))
    let values = try network.forward(Tensor([1, 3], values: [2, 3, 0]), keeping: [input, power])
    #expect(values[power]?.values == [0, 8, 1])
    let gradients = try network.gradient(
      from: power, seed: .filled([1, 3], with: 1), withRespectTo: [input], at: values)
    let found = try #require(gradients[input]).values
    #expect(found[0] == 0 && abs(found[1] - 5.545177) < 1e-5 && abs(found[2] - 1.0986123) < 1e-6)
  }
}
