internal import CPNG
import Glibc

/// Writes PNG files by libpng.
package enum PNGEncoder {
  /// How much time is spent to make the file small.
  package enum Effort: Sendable {
    /// For notebooks: milliseconds.
    case fast
    /// For files that are kept.
    case small
  }

  /// The bytes of a file.
  ///
  /// A picture of at most 256 colours gets a palette; `notes` become text chunks. With a `tolerance` no sample of
  /// another picture is farther than that from what it was, and the file is much smaller; 0 keeps every bit.
  package static func encode(
    _ raster: Raster, notes: [(key: String, text: String)] = [], effort: Effort = .fast, tolerance: Int = 0,
    pixelsPerInch: Double = 0
  ) throws(ImageError) -> [UInt8] {
    let indexed = raster.channels == 3 ? Palette(of: raster) : nil
    let bytes = Collector()
    var message = [CChar](repeating: 0, count: 120)
    let status = withNotes(notes) { texts in
      (indexed?.colors ?? []).withUnsafeBufferPointer { colors in
        var choices = Self.choices(isIndexed: indexed != nil, effort: effort, tolerance: tolerance)
        choices.palette = indexed == nil ? nil : colors.baseAddress
        choices.palette_count = Int32(colors.count / 3)
        choices.pixels_per_meter = pixelsPerInch / 0.0254
        choices.texts = texts
        choices.text_count = Int32(notes.count)
        return cpng_write(
          indexed?.indices ?? raster.pixels, UInt32(raster.width), UInt32(raster.height),
          Int32(indexed == nil ? raster.channels : 1), &choices,
          { context, piece, count in
            guard let context, let piece else { return 0 }
            Unmanaged<Collector>.fromOpaque(context).takeUnretainedValue().bytes
              .append(contentsOf: UnsafeBufferPointer(start: piece, count: count))
            return 0
          }, Unmanaged.passUnretained(bytes).toOpaque(), &message)
      }
    }
    guard status == 0 else {
      let reason = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw .damaged(format: "PNG", reason: reason, offset: nil)
    }
    return bytes.bytes
  }

  private static func choices(isIndexed: Bool, effort: Effort, tolerance: Int) -> cpng_choices {
    var choices = cpng_choices()
    choices.threads = Int32(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    choices.tolerance = isIndexed ? 0 : Int32(max(0, min(tolerance, 32)))
    // A filter helps gradients; indices of a palette are best left alone. Averages of what was rounded already
    // follow the picture better than one of the neighbours.
    choices.filter = isIndexed ? 0 : tolerance > 1 ? 3 : 4
    // What a filter leaves of a photograph has few repeats beside runs: looking for runs only is quicker, and the
    // file is smaller than at zlib's quick levels. A coarse tolerance makes repeats.
    switch (effort, isIndexed) {
    case (.fast, true): (choices.level, choices.strategy) = (4, 0)
    case (.fast, false): (choices.level, choices.strategy) = tolerance > 2 ? (5, 0) : (1, 3)
    case (.small, true): (choices.level, choices.strategy) = (9, 0)
    case (.small, false): (choices.level, choices.strategy) = (9, 1)
    }
    return choices
  }

  /// Writes a file whole or not at all.
  package static func write(
    _ raster: Raster, to path: String, notes: [(key: String, text: String)] = [], effort: Effort = .small
  ) throws(ImageError) {
    try AtomicPicture.write(encode(raster, notes: notes, effort: effort), to: path)
  }

  private static func withNotes<Result>(
    _ notes: [(key: String, text: String)], _ body: (UnsafePointer<cpng_text>?) -> Result
  ) -> Result {
    let strings = notes.flatMap { [strdup(String($0.key.prefix(79))), strdup($0.text)] }
    defer { for string in strings { free(string) } }
    var texts: [cpng_text] = []
    for index in notes.indices {
      texts.append(cpng_text(key: strings[2 * index], text: strings[2 * index + 1]))
    }
    return texts.withUnsafeBufferPointer { body($0.baseAddress) }
  }

  private final class Collector {
    var bytes: [UInt8] = []
  }
}

/// The colours of a picture that has at most 256 of them.
private struct Palette {
  private(set) var colors: [UInt8] = []
  private(set) var indices: [UInt8]

  init?(of raster: Raster) {
    let count = raster.width * raster.height
    indices = [UInt8](repeating: 0, count: count)
    // An open table of 1,024 slots: colour plus one, and its index.
    var keys = [UInt32](repeating: 0, count: 1024)
    var places = [UInt8](repeating: 0, count: 1024)
    var known = 0
    var isSmall = true
    raster.pixels.withUnsafeBufferPointer { pixels in
      indices.withUnsafeMutableBufferPointer { indices in
        for index in 0..<count {
          let color =
            UInt32(pixels[3 * index]) << 16 | UInt32(pixels[3 * index + 1]) << 8
            | UInt32(pixels[3 * index + 2])
          var slot = Int((color &* 0x9E37_79B1) >> 22)
          while keys[slot] != 0, keys[slot] != color + 1 { slot = (slot + 1) & 1023 }
          if keys[slot] == 0 {
            guard known < 256 else {
              isSmall = false
              return
            }
            keys[slot] = color + 1
            places[slot] = UInt8(known)
            known += 1
            colors.append(contentsOf: [UInt8(color >> 16), UInt8(color >> 8 & 255), UInt8(color & 255)])
          }
          indices[index] = places[slot]
        }
      }
    }
    guard isSmall, known > 0 else { return nil }
  }
}
