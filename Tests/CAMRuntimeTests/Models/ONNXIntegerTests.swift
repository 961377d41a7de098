import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

@Suite("ONNX: integers as data")
struct ONNXIntegerTests {
  @Test(
    "a file's integers are taken below 2^24 only",
    arguments: [(16_777_215, true), (-16_777_215, true), (16_777_216, false), (-16_777_217, false)])
  func exact(_ value: Int32, _ isTaken: Bool) throws {
    let bytes = [3, value].flatMap { number in withUnsafeBytes(of: number.littleEndian, Array.init) }
    let raw = try RawTensor(name: "t", elementType: .int32, shape: [2], bytes: ByteSlice(bytes))
    if isTaken {
      #expect(try Tensor(exactly: raw).values == [3, Float(value)])
    } else {
      let error = #expect(throws: FormatError.self) { try Tensor(exactly: raw) }
      #expect("\(try #require(error))".contains("\(value)"))
    }
  }

  @Test("integers divide towards zero, floats as they are")
  func division() throws {
    let path = "\(SharedFiles.checkout)/Tests/Fixtures/models/integer-division.onnx"
    let graph = try ONNXImporter(try ONNXModel(path: path)).graph().graph
    let picture = (0..<32).map { Float($0 * 7 % 32 - 16) * 1.5 }
    let found = try #require(
      try Network(graph).forward(Tensor([1, 2, 4, 4], values: picture))[graph.output])
    let divisors = [3, -2, 1, -5]
    let expected = picture.enumerated().map { place, value in
      Float(Int(value) / divisors[place % 4]) + value / Float(divisors[place % 4])
    }
    #expect(zip(found.values, expected).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}
