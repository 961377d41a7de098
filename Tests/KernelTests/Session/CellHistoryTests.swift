import Kernel
import Testing

@Suite("History") struct CellHistoryTests {
  @Test("what is remembered is bounded in bytes; the newest stay")
  func bounded() {
    var history = CellHistory()
    let text = String(repeating: "é", count: 250_000)
    for line in 1...200 { history.append(line: line, input: text, output: text) }
    let kept = history.all
    let bytes = kept.reduce(0) { $0 + $1.input.utf8.count + ($1.output?.utf8.count ?? 0) }
    #expect(bytes <= 16 << 20 && bytes > 8 << 20)
    #expect(kept.last?.line == 200)
    #expect(kept.map(\.line) == Array((200 - kept.count + 1)...200))
  }

  @Test("one giant cell is remembered by its beginning and pushes out no other")
  func giant() {
    var history = CellHistory()
    history.append(line: 1, input: "version", output: nil)
    history.append(line: 2, input: String(repeating: "x", count: 60_000_000), output: nil)
    #expect(history.all.map(\.line) == [1, 2])
    #expect(history.all[1].input.utf8.count < 2 << 20)
    #expect(history.all[1].input.hasSuffix("x…"))
  }
}
