import CAMRuntime
import CVector
import Foundation
import Synchronization
import Testing

/// Threads that stay together from one loop to the next.
@Suite("Teams", .serialized)
struct TeamTests {
  typealias Loop = (
    Int, Int, (@convention(c) (Int, Int, UnsafeMutableRawPointer?) -> Void)?, UnsafeMutableRawPointer?
  ) -> Void

  /// What a loop did: how often each place was visited.
  final class Visits: Sendable {
    let counts: [Atomic<Int>.Box]

    init(_ count: Int) { counts = (0..<count).map { _ in Atomic<Int>.Box() } }
  }

  /// Runs a loop over `count` places and says whether each was visited once.
  static func visitsAll(_ count: Int, by loop: Loop = cv_parallel) -> Bool {
    let visits = Visits(count)
    loop(
      count, 1,
      { begin, end, context in
        guard let context else { return }
        let visits = Unmanaged<Visits>.fromOpaque(context).takeUnretainedValue()
        for place in begin..<end { visits.counts[place].value.add(1, ordering: .relaxed) }
      }, Unmanaged.passUnretained(visits).toOpaque())
    return visits.counts.allSatisfy { $0.value.load(ordering: .relaxed) == 1 }
  }

  @Test("every part of every loop runs once, together and apart", arguments: [1, 2, 3, 5])
  func parts(_ threads: Int32) {
    cv_set_threads(threads)
    defer { cv_set_threads(1) }
    for round in 0..<20 {
      cv_stay_together()
      for count in [1, 2, 7, 64, 1000] {
        #expect(Self.visitsAll(count), "\(count) in round \(round)")
        #expect(Self.visitsAll(count, by: cv_share_out), "\(count) in round \(round)")
      }
      cv_dissolve()
      #expect(Self.visitsAll(33))
      // Another number of threads in the middle.
      cv_set_threads(threads + 1)
      #expect(Self.visitsAll(34))
      cv_set_threads(threads)
      cv_part()
      #expect(Self.visitsAll(35))
    }
  }

  @Test("who is through with its own parts takes those of a slow one", arguments: [true, false])
  func help(_ together: Bool) {
    final class Work: Sendable {
      let parts = [Atomic<Int>.Box(), Atomic<Int>.Box()]
    }
    cv_set_threads(2)
    if together { cv_stay_together() }
    defer {
      if together { cv_part() }
      cv_set_threads(1)
    }
    let work = Work()
    cv_share_out(
      12, 1,
      { begin, end, context in
        guard let context else { return }
        let work = Unmanaged<Work>.fromOpaque(context).takeUnretainedValue()
        let number = Int(cv_member())
        // The first one stays with its first part until the other has done one of its six.
        for _ in 0..<10_000 where number == 0 && work.parts[1].value.load(ordering: .relaxed) < 7 {
          usleep(1_000)
        }
        work.parts[number].value.add(end - begin, ordering: .relaxed)
      }, Unmanaged.passUnretained(work).toOpaque())
    let done = work.parts.map { $0.value.load(ordering: .relaxed) }
    #expect(done[0] + done[1] == 12)
    #expect(done[1] > 6, "\(done)")
  }

  @Test("members that fell asleep wake up")
  func sleepers() {
    cv_set_threads(2)
    cv_stay_together()
    defer {
      cv_part()
      cv_set_threads(1)
    }
    for _ in 0..<5 {
      #expect(Self.visitsAll(100))
      usleep(20_000)
    }
  }

  @Test("a loop inside a loop runs where it is called")
  func nested() {
    final class Sums: Sendable { let value = Atomic<Int>(0) }
    cv_set_threads(2)
    cv_stay_together()
    defer {
      cv_part()
      cv_set_threads(1)
    }
    let sums = Sums()
    cv_parallel(
      8, 1,
      { begin, end, context in
        for _ in begin..<end {
          cv_share_out(
            40, 1,
            { begin, end, context in
              guard let context else { return }
              Unmanaged<Sums>.fromOpaque(context).takeUnretainedValue().value.add(
                end - begin, ordering: .relaxed)
            }, context)
        }
      }, Unmanaged.passUnretained(sums).toOpaque())
    #expect(sums.value.load(ordering: .relaxed) == 320)
  }

  @Test("threads keep teams of their own")
  func several() {
    final class Results: Sendable { let wrong = Atomic<Int>(0) }
    let results = Results()
    let threads = (0..<4).map { number in
      Thread {
        cv_set_threads(Int32(1 + number % 3))
        cv_stay_together()
        for _ in 0..<50 where !Self.visitsAll(40) { results.wrong.add(1, ordering: .relaxed) }
        cv_part()
        results.wrong.add(1000, ordering: .relaxed)
      }
    }
    for thread in threads { thread.start() }
    while threads.contains(where: { !$0.isFinished }) { usleep(1000) }
    #expect(results.wrong.load(ordering: .relaxed) == 4000)
  }

  @Test("one thread and two round alike, in 16 bits too", arguments: SeparableTests.blocks)
  func rounding(_ block: SeparableTests.Block) throws {
    let graph = try block.graph()
    for precision in [Precision.float32, .bfloat16] {
      let values = try [1, 2].map { threads in
        let options = ExecutionOptions(precision: precision, threads: threads)
        return try #require(try Network(graph, options: options).forward(block.input())[graph.output]).values
      }
      #expect(values[0] == values[1])
    }
  }
}

extension Atomic<Int> {
  /// A counter in an array.
  final class Box: Sendable {
    let value = Atomic<Int>(0)
  }
}
