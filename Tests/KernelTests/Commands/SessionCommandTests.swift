import Foundation
import Kernel
import Testing

@Suite("commands of the session") struct SessionCommandTests {
  @Test("set changes, settings lists, reset puts back")
  func settings() {
    let transcript = Transcript()
    transcript.run("set alpha=0.25 seed=9")
    #expect(transcript.session.settings[SettingCatalog.alpha] == 0.25)
    transcript.run("settings")
    #expect(transcript.lastResult?.contains("alpha      0.25") == true)
    #expect(
      transcript.output.bundles.last?.data.map(\.type)
        == ["text/plain", "text/html", DisplayBundle.factsType])
    transcript.run("reset")
    #expect(transcript.session.settings[SettingCatalog.alpha] == 0.4)
  }

  @Test("set changes all or nothing")
  func together() {
    let transcript = Transcript()
    #expect(transcript.run("set alpha=0.25 seed=x").mistakeCode == "bad-value")
    #expect(transcript.session.settings[SettingCatalog.alpha] == 0.4)
  }

  @Test("help answers for verbs, settings, and in the ways of notebooks")
  func help() {
    let transcript = Transcript()
    transcript.run("help")
    #expect(transcript.lastResult?.contains("  settings  lists the settings") == true)
    for code in ["help pause", "pause?", "?pause"] {
      transcript.run(code)
      #expect(transcript.lastResult?.hasPrefix("pause [SECONDS]") == true, "\(code)")
    }
    transcript.run("help alpha")
    #expect(transcript.lastResult?.hasPrefix("alpha = 0.4 (setting)") == true)
    #expect(transcript.run("pasue?").mistakeCode == "unknown-verb")
  }

  @Test("print writes to the stream that is asked for")
  func print() {
    let transcript = Transcript()
    transcript.run("print hello, world\nprint 'to you' to=stderr")
    #expect(transcript.output.events == [.stream("hello, world\n", .stdout), .stream("to you\n", .stderr)])
  }

  @Test("source runs a script here, and its mistake names the script's line")
  func source() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cam-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let good = folder.appendingPathComponent("good.cam")
    let bad = folder.appendingPathComponent("bad.cam")
    let loop = folder.appendingPathComponent("loop.cam")
    try Data("# set up\nset alpha=0.9;\nversion\n".utf8).write(to: good)
    try Data("version\nset alpha=9\n".utf8).write(to: bad)
    try Data("source '\(loop.path)'\n".utf8).write(to: loop)

    let transcript = Transcript()
    #expect(transcript.run("source '\(good.path)'").mistakeCode == nil)
    #expect(transcript.session.settings[SettingCatalog.alpha] == 0.9)
    #expect(transcript.output.events == [.display("camkernel \(KernelIdentity.version)", id: nil)])
    let outcome = transcript.run("source '\(bad.path)'")
    guard case .mistake(_, _, let traceback) = outcome.ending else {
      Issue.record("no mistake was found")
      return
    }
    #expect(traceback.joined().contains("bad.cam"))
    #expect(traceback.joined().contains("2 |"))
    #expect(transcript.session.settings[SettingCatalog.alpha] == 0.9)
    #expect(transcript.run("source '\(loop.path)'").mistakeCode == "recursive-source")
  }

  @Test("pause without a time waits for the person, and says so where nobody can be asked")
  func pause() {
    let transcript = Transcript()
    #expect(transcript.run("pause").mistakeCode == "no-input")
    transcript.output.answers = [""]
    #expect(transcript.run("pause") { $0.allowInput = true }.mistakeCode == nil)
  }

  @Test("history lists and searches")
  func history() {
    let transcript = Transcript()
    transcript.run("history")
    #expect(transcript.lastResult == "no cells yet")
    transcript.run("print a\nprint b")
    transcript.run("history search=print")
    #expect(transcript.lastResult == "2  print a\n   print b")
    transcript.run("history search=zebra")
    #expect(transcript.lastResult == "no cell has 'zebra'")
  }
}
