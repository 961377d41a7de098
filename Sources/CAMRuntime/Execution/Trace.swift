import Glibc

/// The time that each step of passes took, in the order of their first run.
package final class Trace {
  /// One step: the node whose value it yields and what it runs.
  package struct Entry: Sendable {
    /// The node's name.
    package let name: String
    /// The operation's kind; a fused chain goes under its own.
    package let kind: String
    /// The shortest of its runs.
    package fileprivate(set) var seconds: Double
    /// How often it ran.
    package fileprivate(set) var runs = 1
  }

  /// The steps.
  package private(set) var entries: [Entry] = []
  private var places: [String: Int] = [:]

  /// An empty trace.
  package init() {}

  func measure<R>(_ node: Node, _ operation: any Operation, _ body: () throws -> R) rethrows -> R {
    let start = Self.now
    let result = try body()
    let seconds = Self.now - start
    if let place = places[node.name] {
      entries[place].seconds = min(entries[place].seconds, seconds)
      entries[place].runs += 1
    } else {
      places[node.name] = entries.count
      entries.append(Entry(name: node.name, kind: operation.kind, seconds: seconds))
    }
    return result
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
