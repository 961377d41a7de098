import Kernel
import Testing

@Suite("binding arguments") struct BindingTests {
  @Test(
    "a mistake is located and explained",
    arguments: [
      MarkedCell("1️⃣stettings", "unknown-verb", "did you mean 'settings'?  `help` lists all verbs"),
      MarkedCell("1️⃣frobnicate", "unknown-verb", "`help` lists all verbs"),
      MarkedCell("set 1️⃣alpah=0.5", "unknown-option", "did you mean 'alpha'?  `set?` lists all"),
      MarkedCell("version 1️⃣x=1", "unknown-option", "version takes no options, found 'x='"),
      MarkedCell("set alpha=1️⃣2", "bad-value", "expected a number from 0 to 1, found '2'"),
      MarkedCell("set alpha=1️⃣half", "bad-value", "expected a number from 0 to 1, found 'half'"),
      MarkedCell("set seed=1️⃣1.5", "bad-value", "expected a whole number of at least 0, found '1.5'"),
      MarkedCell("set alpha=1️⃣0.1,0.2", "too-many-values", "'alpha' takes one value, found 2"),
      MarkedCell("set alpha=0.1 1️⃣alpha=0.2", "repeated-option", "'alpha' is given twice"),
      MarkedCell("pause 1️⃣nan", "bad-value", "expected a number from 0 to 86400, found 'nan'"),
      MarkedCell("pause 1 1️⃣2", "unexpected-value", "pause takes one value, SECONDS, found '2'"),
      MarkedCell("history 3 search=a 1️⃣b", "misplaced-value", "a list is written with commas: search=A,B"),
      MarkedCell("print a to=1️⃣stdeer", "bad-value", "did you mean 'stderr'?"),
      MarkedCell("1️⃣source", "missing-value", "source needs PATH, a path of a file"),
      MarkedCell("1️⃣set", "missing-value", "for example `set alpha=0.5`"),
      MarkedCell("version as 1️⃣v", "nothing-to-keep", "version gives no value to keep as 'v'"),
      MarkedCell("help 1️⃣sett", "unknown-verb", "did you mean 'set'?"),
      MarkedCell("source 1️⃣'no such.cam'", "no-such-file", "there is no file 'no such.cam'"),
    ])
  func located(cell: MarkedCell) { expectMistake(of: cell) }

  @Test("verbs and keys are matched without regard to case, positional values by key too")
  func cases() {
    let transcript = Transcript()
    #expect(transcript.run("SET Alpha=0.25").mistakeCode == nil)
    #expect(transcript.lastResult == "alpha = 0.25")
    #expect(transcript.run("history COUNT=1").mistakeCode == nil)
    #expect(transcript.lastResult == "2  history COUNT=1" || transcript.lastResult == "1  SET Alpha=0.25")
  }
}
