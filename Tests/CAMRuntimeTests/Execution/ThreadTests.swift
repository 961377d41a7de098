import CAMRuntime
import CVector
import Testing

@Suite("Threads of a pass", .serialized)
struct ThreadTests {
  /// Each pass runs on the threads that its network was made for, whatever ran between: oneDNN asks OpenMP for the
  /// number, so that is looked at.
  @Test func everyPassTakesItsOwnNumber() throws {
    let graph = try FusionTests.graph(channels: 16, size: 32)
    var numbers = SeededNumbers(3)
    let input = numbers.tensor([1, 3, 32, 32])
    let networks = try [1, 3, 2].map { threads in
      (threads, try Network(graph, options: ExecutionOptions(threads: threads)))
    }
    var logits: [[Float]] = []
    for (threads, network) in networks + networks.reversed() {
      let pass = try network.forward(input)
      #expect(cv_openmp_threads() == Int32(threads))
      #expect(cv_threads() == Int32(threads))
      logits.append(try #require(pass[graph.logits]).values)
    }
    for other in logits.dropFirst() { expectClose(other, logits[0], within: Tolerance.order) }
  }
}
