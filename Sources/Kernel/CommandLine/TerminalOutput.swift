internal import Glibc

/// Shows results on a terminal: text on stdout, progress on one line of stderr, pictures and numbers as files.
package final class TerminalOutput: Output {
  private let folder: String?
  private let showsProgress = Terminal.isScreen(.stderr)
  private var files = 0
  private var progressWidth = 0
  private var picturesWithoutFolder = 0
  /// What could not be written, one line each.
  package private(set) var failures: [String] = []

  /// - Parameter folder: where pictures are written; nil writes none.
  package init(folder: String?) { self.folder = folder }

  package func display(_ bundle: DisplayBundle, id: String?) {
    if bundle.isProgress { return showProgress(bundle) }
    show(bundle)
  }

  package func update(_ bundle: DisplayBundle, id: String) {
    if bundle.isProgress { return showProgress(bundle) }
    // A terminal cannot redraw what stands above, so what changed is a line of its own; its picture is the last one's.
    clearProgress()
    if !bundle.plainText.isEmpty { Terminal.write(bundle.plainText + "\n", to: .stdout) }
  }

  package func result(_ bundle: DisplayBundle, executionCount: Int) { show(bundle) }

  package func stream(_ text: String, to stream: OutputStream) {
    clearProgress()
    Terminal.write(text, to: stream)
  }

  package func clear(wait: Bool) {}

  package func readLine(prompt: String, password: Bool) throws -> String {
    clearProgress()
    Terminal.write(prompt, to: .stderr)
    guard let line = Swift.readLine() else { throw Diagnostic("no-input", "the input has ended") }
    return line
  }

  /// Ends the progress line and says what was not written.
  package func finish() {
    endProgress()
    guard picturesWithoutFolder > 0 else { return }
    let count = picturesWithoutFolder == 1 ? "one picture was" : "\(picturesWithoutFolder) pictures were"
    Terminal.write("\(count) not written: `--out DIR` writes them\n", to: .stderr)
  }

  private func show(_ bundle: DisplayBundle) {
    clearProgress()
    let text = bundle.plainText
    if !text.isEmpty { Terminal.write(text + "\n", to: .stdout) }
    guard let picture = bundle.data.first(where: { $0.type == "image/png" })?.content.string else { return }
    guard let folder else {
      picturesWithoutFolder += 1
      return
    }
    files += 1
    let facts = bundle.data.first { $0.type == "application/vnd.camkernel.v1+json" }?.content
    let number = String(repeating: "0", count: max(0, 3 - String(files).count)) + String(files)
    let stem = "\(folder)/\(number)" + (facts?["verb"]?.string.map { "-" + $0 } ?? "")
    do throws(FileError) {
      try FileSystem.makeFolder(folder)
      try FileSystem.write(Base64.bytes(of: picture) ?? [], to: stem + ".png")
      if let facts { try FileSystem.write(JSONWriter.bytes(of: facts), to: stem + ".json") }
      Terminal.write("\(stem).png\n", to: .stderr)
    } catch {
      failures.append("cannot write '\(error.path)': \(error.reason)")
    }
  }

  private func showProgress(_ bundle: DisplayBundle) {
    guard showsProgress else { return }
    let line = bundle.plainText
    let width = TerminalText.width(of: line)
    let padding = String(repeating: " ", count: max(0, progressWidth - width))
    Terminal.write("\r\(line)\(padding)", to: .stderr)
    progressWidth = width
  }

  private func clearProgress() {
    guard progressWidth > 0 else { return }
    Terminal.write("\r" + String(repeating: " ", count: progressWidth) + "\r", to: .stderr)
    progressWidth = 0
  }

  private func endProgress() {
    guard progressWidth > 0 else { return }
    Terminal.write("\n", to: .stderr)
    progressWidth = 0
  }
}
