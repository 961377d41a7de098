import Glibc

/// MD5 (RFC 1321): no protection against an attacker, but what Keras publishes for its weights.
package enum MD5 {
  private static let shifts: [UInt32] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]
  private static let constants: [UInt32] = (0..<64).map { UInt32(abs(sin(Double($0 + 1))) * 4_294_967_296) }

  /// The digest as 32 hexadecimal digits.
  package static func digest(of bytes: ByteSlice) -> String {
    var state = SIMD4<UInt32>(0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476)
    constants.withUnsafeBufferPointer { constants in
      shifts.withUnsafeBufferPointer { shifts in
        forEachBlock(of: bytes, bigEndianLength: false) { block in
          compress(block, constants, shifts, into: &state)
        }
      }
    }
    return hexadecimal((0..<4).map { state[$0].byteSwapped })
  }

  private static func compress(
    _ block: UnsafeRawBufferPointer, _ constants: UnsafeBufferPointer<UInt32>,
    _ shifts: UnsafeBufferPointer<UInt32>, into state: inout SIMD4<UInt32>
  ) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    for index in 0..<64 {
      let (mixed, place): (UInt32, Int) =
        switch index / 16 {
        case 0: ((b & c) | (~b & d), index)
        case 1: ((d & b) | (~d & c), (5 * index + 1) % 16)
        case 2: (b ^ c ^ d, (3 * index + 5) % 16)
        default: (c ^ (b | ~d), (7 * index) % 16)
        }
      let word = UInt32(littleEndian: block.loadUnaligned(fromByteOffset: place * 4, as: UInt32.self))
      let sum = a &+ mixed &+ constants[index] &+ word
      let shift = shifts[index / 16 * 4 + index % 4]
      (a, d, c, b) = (d, c, b, b &+ (sum << shift | sum >> (32 - shift)))
    }
    state &+= SIMD4(a, b, c, d)
  }
}
