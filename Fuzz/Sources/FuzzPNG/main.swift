internal import CFuzzing
import Display
import Glibc

// Reads each input as a picture with and without alpha. An error is fine, a trap is a finding.
exit(
  fuzz(CommandLine.argc, CommandLine.unsafeArgv) { start, count in
    let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
    for alpha in [false, true] {
      guard let (raster, _) = try? ImageDecoder.read(bytes, alpha: alpha, pixelLimit: 1 << 20) else {
        continue
      }
      precondition(raster.pixels.count == raster.width * raster.height * raster.channels)
    }
    return 0
  })
