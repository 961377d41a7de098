import Kernel
import Testing

@Suite("Parser") struct ParserTests {
  private func statements(_ text: String) -> [Statement] { Parser.parse(SourceText(text)).statements }

  @Test("positional values, options, lists and a name")
  func form() throws {
    let statement = try #require(
      statements("grad-cam cat.jpg class=281, 282 layer = 'a b' as first ; # note").first)
    #expect(statement.verb.text == "grad-cam")
    #expect(statement.arguments.map { $0.key?.text } == [nil, "class", "layer"])
    #expect(statement.arguments.map { $0.values.map(\.text) } == [["cat.jpg"], ["281", "282"], ["a b"]])
    #expect(statement.name?.text == "first")
    #expect(statement.isQuiet)
  }

  @Test("each line is a command, a continued line goes on, empty and comment lines are none")
  func lines() {
    let found = statements("# first\n\nimage \\\n  cat.jpg\r\n   \nset alpha=1 # x\n")
    #expect(found.map(\.verb.text) == ["image", "set"])
    #expect(found[0].arguments.map { $0.values.map(\.text) } == [["cat.jpg"]])
  }

  @Test(
    "a question mark asks for help",
    arguments: [
      ("set?", "set", Statement.Question.help), ("set??", "set", .details), ("?set", "set", .help),
      ("?", "help", .help), ("grad-cam++?", "grad-cam++", .help),
    ])
  func questions(text: String, verb: String, question: Statement.Question) throws {
    let statement = try #require(statements(text).first)
    #expect(statement.verb.text == verb)
    #expect(statement.question == question)
  }

  @Test(
    "escapes stand for their letters",
    arguments: [
      (#""a\"b""#, "a\"b"), (#"'it\'s'"#, "it's"), (#""a\nb""#, "a\nb"), (#"'a\nb'"#, "a\\nb"),
      (#""\d+""#, "\\d+"),
      (#""back\\slash""#, "back\\slash"), ("''", ""),
    ])
  func escapes(literal: String, text: String) throws {
    let word = try #require(statements("print \(literal)").first?.arguments.first?.values.first)
    #expect(word.text == text)
    #expect(word.isQuoted)
  }

  @Test("what is written back reads as the same text")
  func written() throws {
    var generator = CellGenerator(seed: 7)
    for _ in 0..<1000 {
      let text = generator.text().filter { $0 != "\n" && $0 != "\r\n" }
      let word = try #require(
        statements("print \(StringLiteral.written(text))").first?.arguments.first?.values)
      #expect(word.map(\.text) == [text], "seed 7")
    }
  }

  @Test(
    "a mistake of form is located and explained",
    arguments: [
      MarkedCell("print 1️⃣\"open", "open-quote", "this quote is not closed"),
      MarkedCell("set alpha=1️⃣", "missing-value", "expected a value behind 'alpha='"),
      MarkedCell("set alpha=1️⃣ # none", "missing-value", "expected a value behind 'alpha='"),
      MarkedCell("set alpha=0.51️⃣,", "missing-value", "expected a value behind ','"),
      MarkedCell("set 1️⃣=0.5", "bad-form", "expected a value before '='"),
      MarkedCell("1️⃣=0.5", "bad-form", "a line starts with a verb"),
      MarkedCell("print a; 1️⃣print b", "bad-form", "one command a line: put this on the next line"),
      MarkedCell("print 'a'1️⃣b", "bad-form", "expected a blank before this"),
      MarkedCell("help 1️⃣as", "missing-value", "for example `as first`"),
      MarkedCell("help as x 1️⃣set", "bad-form", "'as x' ends a command"),
      MarkedCell("print fine\n  print 1️⃣'open", "open-quote", "  2 |   print 'open\n    |         ^"),
    ])
  func mistakes(cell: MarkedCell) { expectMistake(of: cell) }

  @Test("nothing runs when a line cannot be read")
  func formFirst() {
    let transcript = Transcript()
    let outcome = transcript.run("print before\nprint 'open")
    #expect(outcome.mistakeCode == "open-quote")
    #expect(transcript.output.events.isEmpty)
  }

  @Test("any text is read, completed, inspected and judged without a trap")
  func anyText() {
    let session = Session()
    var generator = CellGenerator(seed: 99)
    for round in 0..<1500 {
      let text = generator.text()
      let cursor = Int(generator.next() % 40) - 4
      let source = SourceText(text)
      for mistake in Parser.parse(source).mistakes {
        #expect(!DiagnosticRenderer(.plain).lines(of: mistake, in: source).isEmpty, "seed 99, round \(round)")
      }
      let answer = session.complete(text, cursor: cursor)
      #expect(answer.start <= answer.end && answer.end <= source.scalars.count, "seed 99, round \(round)")
      _ = session.inspect(text, cursor: cursor, detail: round % 2)
      _ = session.completeness(of: text)
    }
  }
}
