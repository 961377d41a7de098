import CVector
import Testing

@testable import CAMRuntime

@Suite("What the processor is fast at")
struct RateTests {
  @Test("wide products are for processors that have them, and for threads that may use them")
  func wide() {
    let level = cv_instructions()
    if level < 2 { #expect(cv_has_wide_products() == 0) }
    cv_limit_instructions(1)
    defer { cv_limit_instructions(2) }
    #expect(cv_has_wide_products() == 0)
    #expect(cv_bf16_pays() == 0)
  }

  @Test("debug builds multiply 16-bit floats wherever they can")
  func pays() {
    #expect((cv_bf16_pays() != 0) == (cv_has_bf16() != 0))
    #expect(Precision.float32.usable == .float32 && Precision.float32.account == "fp32")
  }

  @Test("a format that is not used says why")
  func account() {
    cv_limit_instructions(1)
    defer { cv_limit_instructions(2) }
    #expect(Precision.bfloat16.usable == .float32)
    #expect(Precision.bfloat16.account == "fp32 (this processor multiplies no bf16 numbers)")
  }

  @Test(
    "one picture and some take the same steps through strided windows",
    arguments: [(64, 64, 33), (128, 128, 28), (256, 128, 14)])
  func strides(_ inputs: Int, _ outputs: Int, _ size: Int) throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, inputs, size, size])
    let weight = FusionTests.weights([outputs, inputs, 3, 3], 5)
    let padding = Padding(top: 1, left: 1, bottom: 1, right: 1)
    let sum = try builder.add(
      Convolution(weight: weight, stride: Extent(2, 2), padding: padding), input, name: "sum")
    let network = try Network(try builder.build(output: sum))
    var numbers = SeededNumbers(29)
    let pictures = numbers.tensor([9, inputs, size, size])
    let all = try #require(try network.forward(pictures)[sum])
    let last = try #require(try network.forward(pictures.entries(8..<9))[sum])
    let expected = all.entries(8..<9).values
    if cv_has_wide_products() != 0 {
      #expect(last.values == expected)
    } else {
      #expect(difference(last.values, expected.map(Double.init)) < 1e-5)
    }
  }
}
