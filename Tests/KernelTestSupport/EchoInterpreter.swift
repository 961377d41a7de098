import CAMRuntime
import Glibc
package import Kernel

/// A language of a few words, to test the channels without the real one.
///
///     print TEXT | warn TEXT | lines COUNT | show TEXT | value TEXT | fail | wait | ask PROMPT | blob BYTES | clear
///
/// `wait` runs until it is interrupted. Every line of a cell is one such command.
package final class EchoInterpreter: Interpreter, Sendable {
  private let count = Box(0)
  private let cells = Box<[HistoryEntry]>([])
  private let flag = InterruptFlag()

  package init() {}

  package var executionCount: Int { count.value }

  package func clearInterrupt() { flag.clear() }
  package func interrupt() { flag.raise() }
  package var commTargets: [any CommTarget] { [EchoComm()] }

  package func execute(_ cell: CellRequest, output: any Output) -> CellOutcome {
    if cell.storeHistory {
      count.value += 1
      cells.value.append(HistoryEntry(session: 1, line: count.value, input: cell.code, output: nil))
    }
    var outcome = CellOutcome(ending: .ok, executionCount: count.value)
    outcome.userExpressions = cell.userExpressions.map { name, expression in
      (name, ["status": "ok", "data": ["text/plain": .string(expression)], "metadata": [:]])
    }
    do {
      for line in cell.code.split(separator: "\n") { try run(String(line), output) }
    } catch is Interrupted {
      outcome.ending = .mistake(
        name: "interrupted", value: "the cell was interrupted", traceback: ["interrupted"])
    } catch {
      outcome.ending = .mistake(name: "failure", value: "\(error)", traceback: ["failure: \(error)"])
    }
    return outcome
  }

  private func run(_ line: String, _ output: any Output) throws {
    let words = line.split(separator: " ", maxSplits: 1)
    let rest = words.count > 1 ? String(words[1]) : ""
    switch words.first {
    case "print": output.stream(rest + "\n", to: .stdout)
    case "warn": output.stream(rest + "\n", to: .stderr)
    case "lines":
      for number in 0..<(Int(rest) ?? 0) { output.stream("line \(number)\n", to: .stdout) }
    case "show": output.display(DisplayBundle([("text/plain", .string(rest))]), id: "shown")
    case "update": output.update(DisplayBundle([("text/plain", .string(rest))]), id: "shown")
    case "value": output.result(DisplayBundle([("text/plain", .string(rest))]), executionCount: count.value)
    case "blob":
      let size = Int(rest) ?? 0
      output.display(DisplayBundle([("text/plain", .string(String(repeating: "x", count: size)))]), id: nil)
    case "clear": output.clear(wait: true)
    case "ask": output.stream(try output.readLine(prompt: rest, password: false) + "\n", to: .stdout)
    case "wait":
      while true {
        try flag.check()
        usleep(1000)
      }
    default: throw EchoMistake()
    }
  }

  package func complete(_ code: String, cursor: Int) -> CompletionAnswer {
    CompletionAnswer(matches: [.init(text: "print", type: "keyword")], start: 0, end: cursor)
  }

  package func inspect(_ code: String, cursor: Int, detail: Int) -> DisplayBundle? {
    code.isEmpty ? nil : DisplayBundle([("text/plain", .string("\(code) at \(cursor), \(detail)"))])
  }

  package func completeness(of code: String) -> CellCompleteness {
    code.hasSuffix("\\") ? .incomplete(indent: "  ") : .complete
  }

  package func history(_ query: HistoryQuery) -> [HistoryEntry] {
    if case .tail(let count) = query { Array(cells.value.suffix(count)) } else { [] }
  }
}

/// What `fail` and unknown words throw.
package struct EchoMistake: Error {}

/// Answers every comm message with its own data.
private final class EchoComm: CommTarget {
  let name = "echo"

  func opened(_ comm: Comm, data: JSONObject, buffers: [[UInt8]]) {
    comm.send(["opened": .object(data)], buffers: buffers)
  }
  func received(_ data: JSONObject, buffers: [[UInt8]], on comm: Comm) {
    comm.send(.object(data), buffers: buffers)
  }
  func closed(_ comm: Comm) { comm.send(["closed": true]) }
}

/// A value that only the shell thread touches.
private final class Box<Value>: @unchecked Sendable {
  var value: Value
  init(_ value: Value) { self.value = value }
}
