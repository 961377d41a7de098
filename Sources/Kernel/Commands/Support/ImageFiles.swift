internal import CAMRuntime
internal import Display

/// Reads the pictures that a path or a glob names.
package enum ImageFiles {
  package static func images(
    of word: Word, crops: Bool = true, context: CommandContext
  ) throws -> [LoadedImage] {
    let paths = FileSystem.paths(matching: FileSystem.expanded(word.text))
    guard !paths.isEmpty else {
      throw Diagnostic("no-such-file", "no file matches '\(word.text)'", at: word.span)
    }
    var images: [LoadedImage] = []
    for path in paths {
      try context.interrupt.check()
      guard FileSystem.exists(path) else {
        throw FileError(path: word.text, code: 2).diagnostic(at: word.span)
      }
      do throws(ImageError) {
        let (raster, origin) = try ImageDecoder.read(path: path)
        let turned = origin.wasTurned ? ", turned as its EXIF data asks" : ""
        images.append(
          LoadedImage(
            name: FileSystem.split(path).name, raster: raster,
            format: "\(origin.format), \(origin.pixels)\(turned)",
            crops: crops))
      } catch {
        throw Diagnostic("bad-image", "'\(path)': \(error)", at: word.span)
      }
    }
    return images
  }
}
