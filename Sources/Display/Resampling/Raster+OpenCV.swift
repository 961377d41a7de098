internal import CPixels

extension Raster {
  /// The picture in another size by OpenCV's INTER_LINEAR: half-pixel centres, no anti-aliasing, its rounding.
  package func resizedAsOpenCV(width newWidth: Int, height newHeight: Int) -> Raster {
    precondition(newWidth > 0 && newHeight > 0, "a size of \(newWidth)x\(newHeight)")
    let size = newWidth * newHeight * channels
    let resized = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      buffer.initialize(repeating: 0)
      _ = cpx_opencv_linear(
        pixels, Int32(width), Int32(height), Int32(channels), buffer.baseAddress, Int32(newWidth),
        Int32(newHeight))
      count = size
    }
    return Raster(width: newWidth, height: newHeight, channels: channels, pixels: resized)
  }
}
