import Foundation
import Testing

@Suite("the ONNX project's own cases", .enabled(if: ONNXCase.root != nil))
struct ONNXCaseTests {
  @Test("every case passes, or is of an operation or use that the importer names as not supported")
  func cases() throws {
    var byOperation: [String: [(case: ONNXCase, outcome: ONNXCase.Outcome)]] = [:]
    let follows = ProcessInfo.processInfo.environment["CAMKERNEL_ONNX_FOLLOW"] != nil
    for one in try ONNXCase.all() {
      if follows { print("running \(one.name)") }
      byOperation[one.operation, default: []].append((one, one.run()))
    }
    #expect(!byOperation.isEmpty)
    var passed = 0, wrong = 0, unsupported = 0, unsupportedOther = 0
    for (operation, results) in byOperation.sorted(by: { $0.key < $1.key }) {
      let wanted = results[0].case.wanted
      let good = results.count { [.passed, .passedFirst].contains($0.outcome) }
      passed += good
      if wanted || good > 0 { print("\(operation): \(good) of \(results.count) passed") }
      for (one, outcome) in results {
        switch outcome {
        case .passed: continue
        case .passedFirst: print("  first output only: \(one.name)")
        case .wrong(let reason):
          wrong += 1
          Issue.record("\(one.name) (\(operation)): \(reason)")
        case .unsupported(let reason):
          guard wanted else {
            unsupportedOther += 1
            continue
          }
          unsupported += 1
          print("  not supported: \(one.name): \(reason)")
        }
      }
    }
    print(
      "ONNX cases: \(passed) passed, \(wrong) wrong, \(unsupported) not supported of the engine's operations, "
        + "\(unsupportedOther) of other operations")
  }
}
