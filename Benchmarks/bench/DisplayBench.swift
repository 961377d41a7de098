import Display
import Glibc

/// A photograph's way to a heat map, phase by phase: `display PHOTO`, then a line for each run.
///
///     notebook     decode, resize to 256 for a net, resize to 1,000 pixels for the page, overlay, encode
///     full         decode, overlay and encode at the photograph's own size
struct DisplayBench: LineBench {
  private let bytes: [UInt8]
  private let heat: Plane

  init(_ arguments: [String]) throws {
    guard let path = arguments.first, let file = fopen(path, "rb") else {
      throw BenchError("a photograph is wanted")
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
    self.bytes = bytes
    heat = Plane(width: 7, height: 7, values: (0..<49).map { Float($0 * 13 % 49) / 48 })
  }

  func answerLines() throws { try answerLines(ready: "{\"ready\": true}") }

  func answer(_ words: [String]) throws -> String {
    var clock = PhaseClock()
    let photo = try ImageDecoder.read(bytes).raster
    clock.lap("decode")
    var shown = photo
    if words.first == "notebook" {
      let short = min(photo.width, photo.height)
      let net = photo.resized(
        width: photo.width * 256 / short, height: photo.height * 256 / short, filter: .bicubic)
      clock.lap("resize_net")
      let long = max(photo.width, photo.height)
      shown = photo.resized(
        width: photo.width * 1000 / long, height: photo.height * 1000 / long, filter: .bilinear)
      clock.lap("resize_page")
      guard net.width >= 256 else { throw BenchError("the picture is too small") }
    }
    let map = heat.resized(width: shown.width, height: shown.height)
    let overlay = Overlay.blend(shown, map, map: ColormapCatalog.standard, alpha: 0.4)
    clock.lap("overlay")
    let png = try PNGEncoder.encode(overlay)
    clock.lap("encode")
    return clock.json(extra: "\"bytes\": \(png.count)")
  }
}

/// Milliseconds between laps.
struct PhaseClock {
  private var laps: [(String, Double)] = []
  private var last = PhaseClock.now()

  mutating func lap(_ name: String) {
    let now = Self.now()
    laps.append((name, now - last))
    last = now
  }

  func json(extra: String) -> String {
    let total = laps.map(\.1).reduce(0, +)
    return "{" + (laps + [("total", total)]).map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ")
      + ", \(extra)}"
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
  }
}
