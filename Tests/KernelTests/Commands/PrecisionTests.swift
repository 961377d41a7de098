import CAMRuntime
import Testing

@Suite("the precision of a model")
struct PrecisionTests {
  @Test("a processor without 16-bit products computes in 32 bits and says so")
  func without() throws {
    let cell = "model cifar10-conv5 random=1 precision=bf16"
    let old = try BuiltProgram.run(cell, environment: ["CAMKERNEL_INSTRUCTIONS": "avx2"])
    #expect(old.status == 0, "\(old.err)")
    #expect(old.out.contains("compute  fp32 (this processor multiplies no bf16 numbers), all threads"))
    let own = try BuiltProgram.run(cell, environment: ["CAMKERNEL_INSTRUCTIONS": nil])
    #expect(own.out.contains("compute  bf16, ") || own.out.contains("compute  fp32 (this processor"))
  }

  @Test("doctor says what becomes of it")
  func doctor() throws {
    let found = try BuiltProgram.run(arguments: ["doctor"])
    #expect(found.status <= 1 && found.err.isEmpty, "\(found.err)")
    let account = "; precision=bf16 is computed in \(Precision.bfloat16.account)\n"
    #expect(found.out.contains(account), "\(found.out)")
  }
}
