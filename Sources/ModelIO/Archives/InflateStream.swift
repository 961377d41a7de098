internal import CZlib

/// zlib's unpacking state.
///
/// It must not move, for zlib remembers its address.
final class InflateStream {
  /// How zlib finds the bytes wrapped.
  enum Wrapping: Int32 {
    case none = -15
    case zlib = 15
    case gzip = 31
  }

  /// What one step did.
  struct Step {
    let consumed: Int
    let produced: Int
    let isAtEnd: Bool
  }

  private let state: UnsafeMutablePointer<z_stream>

  init(_ wrapping: Wrapping) throws(FormatError) {
    state = .allocate(capacity: 1)
    state.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(state, wrapping.rawValue, ZLIB_VERSION, size) == Z_OK else {
      throw FormatError(.unsupported("this version of zlib"))
    }
  }

  deinit {
    inflateEnd(state)
    state.deallocate()
  }

  /// Unpacks as much of `input` into `output` as goes; `offset` is the input's place, for errors.
  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, offset: Int
  ) throws(FormatError) -> Step {
    let (most, room) = (min(input.count, 1 << 30), min(output.count, 1 << 30))
    state.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    state.pointee.avail_in = UInt32(most)
    state.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    state.pointee.avail_out = UInt32(room)
    let status = inflate(state, Z_NO_FLUSH)
    let step = Step(
      consumed: most - Int(state.pointee.avail_in), produced: room - Int(state.pointee.avail_out),
      isAtEnd: status == Z_STREAM_END)
    guard status == Z_OK || step.isAtEnd, step.isAtEnd || step.consumed + step.produced > 0 else {
      let isCut = status == Z_BUF_ERROR && input.isEmpty
      throw FormatError(
        isCut ? .truncated(wanted: 1, left: 0) : .invalid("damaged packed bytes"),
        offset: offset + step.consumed)
    }
    return step
  }
}
