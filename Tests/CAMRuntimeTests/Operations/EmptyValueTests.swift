import CAMRuntime
import Testing

@Suite("Values without elements", .serialized)
struct EmptyValueTests {
  @Test("no operation stops the process: it moves nothing, or refuses by name", arguments: OperationCases.all)
  func everyKind(_ sample: OperationCase) throws {
    for axis in 0..<sample.shape.rank {
      var shape = sample.shape
      shape[axis] = 0
      var builder = GraphBuilder()
      let input = try builder.input(shape: shape)
      do {
        let output = try sample.build(&builder, input)
        let network = try Network(builder.build(output: output))
        let value = try #require(try network.forward(.zeros(shape))[output])
        // What passes has been moved only; a concatenation or a constant may have put elements beside it.
        let areFinite = value.values.allSatisfy { $0.isFinite }
        #expect(areFinite)
      } catch let error as GraphError {
        guard case .node = error else { throw error }
      }
    }
  }

  @Test("moves keep their shapes")
  func moves() throws {
    func shape(_ operation: any Operation, of input: Shape) throws -> Shape {
      var builder = GraphBuilder()
      let output = try builder.add(operation, builder.input(shape: input))
      let network = try Network(builder.build(output: output))
      return try #require(try network.forward(.zeros(input))[output]).shape
    }
    #expect(try shape(Reshape([3, 4, 0], allowsZero: true), of: [0, 3, 4]) == [3, 4, 0])
    #expect(try shape(Slice(starts: [2], ends: [2], axes: [1]), of: [1, 4, 3]) == [1, 0, 3])
    #expect(try shape(Transpose([2, 0, 1]), of: [2, 0, 5]) == [5, 2, 0])
    #expect(try shape(Concat(axis: 1), of: [2, 0, 5]) == [2, 0, 5])
    #expect(try shape(Flatten(), of: [2, 0, 5]) == [2, 0])
    #expect(throws: GraphError.self) { try shape(ReLU(), of: [2, 0]) }
    #expect(throws: GraphError.self) { try shape(Resize(.scales([1, 1, 0.1, 1])), of: [1, 2, 3, 3]) }
    #expect(throws: GraphError.self) { try shape(Reshape([0, -1]), of: [0, 3]) }
  }
}
