import Foundation
import Kernel
import TestSupport
import Testing

/// Scripts and descriptions as editors on other systems write them, run by the program.
@Suite("files of text") struct TextFileTests {
  private static let mark = "\u{feff}"

  private func file(_ kind: String, _ text: String) throws -> String {
    let path = TemporaryFolder.file(kind)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test("a byte order mark is no part of a text, and bytes that are no UTF-8 are none")
  func text() {
    #expect(TextFile.text(of: Array("\(Self.mark)print a".utf8)) == "print a")
    #expect(TextFile.text(of: Array("print \(Self.mark)".utf8)) == "print \(Self.mark)")
    #expect(TextFile.text(of: []) == "" && TextFile.text(of: [0x61, 0xFF]) == nil)
    #expect(TextFile.lines(of: "a\r\n\r\nb\nc\n") == ["a", "", "b", "c", ""])
  }

  @Test("a script runs with a byte order mark and with line breaks of Windows, also from another script")
  func scripts() throws {
    let script = try file("cam", "\(Self.mark)print one\r\nprint two\r\n")
    let ran = try BuiltProgram.run(arguments: ["run", script])
    #expect(ran.status == 0 && ran.out == "one\ntwo\n", "\(ran)")
    let sourced = try BuiltProgram.run("source '\(script)'")
    #expect(sourced.status == 0 && sourced.out == "one\ntwo\n", "\(sourced)")
  }

  @Test("a report's cells do not depend on line breaks, and its mistakes have no colours in a pipe")
  func report() throws {
    let script = "# # Title\n\nprint one\n\n# more\n\nprimt two\n"
    let windows = Self.mark + String(script.flatMap { $0 == "\n" ? "\r\n" : String($0) })
    let page = TemporaryFolder.file("html")
    var pages: [String] = []
    for text in [script, windows] {
      let path = try file("cam", text)
      let ran = try BuiltProgram.run(arguments: ["report", path, "-o", page])
      #expect(ran.status == 1 && ran.err.hasPrefix("error[unknown-verb]: there is no verb named 'primt'"))
      #expect(!ran.err.contains("\u{1B}"), "\(ran.err)")
      let name = (path as NSString).lastPathComponent
      pages.append(try String(contentsOfFile: page, encoding: .utf8).replacingOccurrences(of: name, with: ""))
    }
    #expect(pages[0].contains("<title>Title</title>") && pages[0] == pages[1])
  }

  @Test("a network's description is read behind a byte order mark")
  func description() throws {
    let path = try file("json", "\(Self.mark){\"input\": [1, 3, 8, 8], \"nodes\": []}")
    let ran = try BuiltProgram.run("model '\(path)'")
    #expect(ran.status == 1 && !ran.err.contains("not recognised"), "\(ran.err)")
  }

  @Test("a file that outgrows `ulimit -f` is a failed write, not the end of the program")
  func limit() throws {
    let path = TemporaryFolder.file("safetensors")
    let cell = """
      model resnet9-cifar random=1;
      save '\(path)' what=model;
      """
    let ran = try BuiltProgram.run(cell, under: "ulimit -f 64")
    #expect(ran.status == 1 && ran.err.contains("file too large"), "\(ran)")
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("a notebook is told by its name too, and never runs as a script")
  func notebook() throws {
    let path = try file("ipynb", "[{\"cells\": []}]")
    let reported = try BuiltProgram.run(arguments: ["report", path, "-o", TemporaryFolder.file("html")])
    #expect(
      reported.status == 2 && reported.err.contains("not a notebook: it has no list of cells"), "\(reported)")
    let ran = try BuiltProgram.run(arguments: ["run", path])
    #expect(ran.status == 1 && ran.out.isEmpty && ran.err.contains("is a notebook, not a script"), "\(ran)")
  }

  @Test("a file whose name is not UTF-8 is said to be that, not to be missing")
  func name() throws {
    let folder = TemporaryFolder.file("folder")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let made = "\(folder)/caf".withCString { start -> Bool in
      var name = Array(UnsafeBufferPointer(start: start, count: strlen(start)))
      name += [CChar(bitPattern: 0xE9)] + ".png".utf8CString
      let file = fopen(name, "w")
      return file.map { fclose($0) == 0 } ?? false
    }
    try #require(made)
    let outcome = Transcript().run("image '\(folder)/*.png'")
    #expect(outcome.mistakeMessage?.contains("its name is not UTF-8: rename it") == true, "\(outcome)")
  }
}
