internal import CAMRuntime
internal import Display
internal import ModelIO

/// Reads the pictures that a path, a glob or an address names.
package enum ImageFiles {
  package static func images(
    of word: Word, crops: Bool = true, context: CommandContext
  ) throws -> [LoadedImage] {
    if RemoteBytes.isAddress(word.text) { return [try remote(word, crops: crops, context: context)] }
    let paths = FileSystem.paths(matching: FileSystem.expanded(word.text))
    guard !paths.isEmpty else {
      throw Diagnostic("no-such-file", "no file matches '\(word.text)'", at: word.span)
    }
    return try paths.map { path in
      try context.interrupt.check()
      guard FileSystem.exists(path) else {
        let kept = context.session.workspace.kept.filter { $0.value is LoadedImages }.map(\.name)
        throw FileSystem.absence(of: path).diagnostic(at: word.span, or: "kept image", kept)
      }
      guard !FileSystem.isFolder(path) else {
        throw Diagnostic(
          "bad-image", "'\(word.text)' is a folder, not a picture", at: word.span,
          hints: ["`\(StringLiteral.written(word.text + "/*"))` names all its files"])
      }
      return try loaded(FileSystem.split(path).name, path, crops, word) { () throws(ImageError) in
        try ImageDecoder.read(path: path) { context.interrupt.isRaised }
      }
    }
  }

  private static func remote(
    _ word: Word, crops: Bool, context: CommandContext
  ) throws -> LoadedImage {
    let bytes = try Blame.on(word.span) {
      try RemoteBytes.fetch(word.text) { context.interrupt.isRaised }
    }
    let path = word.text.prefix { $0 != "?" && $0 != "#" }
    let name = path.split(separator: "/").dropFirst().last.map(String.init) ?? String(path)
    return try loaded(name, word.text, crops, word) { () throws(ImageError) in
      try ImageDecoder.read(bytes) { context.interrupt.isRaised }
    }
  }

  private static func loaded(
    _ name: String, _ place: String, _ crops: Bool, _ word: Word,
    _ read: () throws(ImageError) -> (raster: Raster, origin: ImageOrigin)
  ) throws -> LoadedImage {
    do throws(ImageError) {
      let (raster, origin) = try read()
      let turned = origin.wasTurned ? ", turned as its EXIF data asks" : ""
      return LoadedImage(
        name: name, raster: raster, format: "\(origin.format), \(origin.pixels)\(turned)", crops: crops)
    } catch {
      if error == .stopped { throw Interrupted() }
      let mistake = error.diagnostic(at: word.span)
      throw Diagnostic(mistake.code, "'\(place)': \(mistake.message)", at: word.span)
    }
  }
}
