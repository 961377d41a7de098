import Display

/// One input of libFuzzer, read as a picture with and without alpha. An error is fine, a trap is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  for alpha in [false, true] {
    guard let (raster, _) = try? ImageDecoder.read(bytes, alpha: alpha, pixelLimit: 1 << 20) else { continue }
    precondition(raster.pixels.count == raster.width * raster.height * raster.channels)
  }
  return 0
}
