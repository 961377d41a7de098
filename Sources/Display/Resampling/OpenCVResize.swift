internal import CPixels

/// Bytes in another size as OpenCV's INTER_LINEAR makes them: half-pixel centres, no anti-aliasing, its rounding.
package enum OpenCVResize {
  /// Rows come from the top, the channels of a place together.
  package static func linear(
    _ bytes: [UInt8], size: (width: Int, height: Int), channels: Int = 1,
    to newSize: (width: Int, height: Int)
  ) -> [UInt8] {
    precondition(
      bytes.count == size.width * size.height * channels && newSize.width > 0 && newSize.height > 0)
    let total = newSize.width * newSize.height * channels
    return [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
      buffer.initialize(repeating: 0)
      _ = cpx_opencv_linear(
        bytes, Int32(size.width), Int32(size.height), Int32(channels), buffer.baseAddress,
        Int32(newSize.width), Int32(newSize.height))
      count = total
    }
  }
}
