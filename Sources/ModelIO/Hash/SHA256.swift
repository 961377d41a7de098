/// SHA-256 (FIPS 180-4).
package enum SHA256 {
  /// The digest as 64 hexadecimal digits.
  package static func digest(of bytes: ByteSlice) -> String {
    var state = SIMD8<UInt32>(
      0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19)
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
      constants.withUnsafeBufferPointer { constants in
        forEachBlock(of: bytes, bigEndianLength: true) { compress($0, schedule, constants, into: &state) }
      }
    }
    return hexadecimal((0..<8).map { state[$0] })
  }

  private static func compress(
    _ block: UnsafeRawBufferPointer, _ words: UnsafeMutableBufferPointer<UInt32>,
    _ constants: UnsafeBufferPointer<UInt32>, into state: inout SIMD8<UInt32>
  ) {
    for index in 0..<16 {
      words[index] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
    }
    for index in 16..<64 {
      let (early, late) = (words[index - 15], words[index - 2])
      let low = rotated(early, 7) ^ rotated(early, 18) ^ (early >> 3)
      let high = rotated(late, 17) ^ rotated(late, 19) ^ (late >> 10)
      words[index] = words[index - 16] &+ low &+ words[index - 7] &+ high
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for index in 0..<64 {
      let mixed = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
      let chosen = (e & f) ^ (~e & g)
      let first = h &+ mixed &+ chosen &+ constants[index] &+ words[index]
      let spread = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
      let second = spread &+ ((a & b) ^ (a & c) ^ (b & c))
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
    }
    state &+= SIMD8(a, b, c, d, e, f, g, h)
  }

  @inline(__always)
  private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
  }

  /// The fractional parts of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = {
    var primes: [UInt64] = []
    var candidate: UInt64 = 2
    while primes.count < 64 {
      if primes.allSatisfy({ !candidate.isMultiple(of: $0) }) { primes.append(candidate) }
      candidate += 1
    }
    return primes.map { prime in
      // The cube root scaled by 2^32, found bit by bit: its cube is at most prime * 2^96.
      var root: UInt64 = 0
      for bit in (0..<35).reversed() {
        let trial = root | 1 << UInt64(bit)
        let square = trial.multipliedFullWidth(by: trial)
        // trial^3 = (high * 2^64 + low) * trial, compared with prime * 2^96 = (prime << 32) * 2^64.
        let upper = square.high.multipliedFullWidth(by: trial)
        let lower = square.low.multipliedFullWidth(by: trial)
        let (middle, carry) = upper.low.addingReportingOverflow(lower.high)
        let isBelow =
          upper.high == 0 && !carry && (middle < prime << 32 || middle == prime << 32 && lower.low == 0)
        if isBelow { root = trial }
      }
      return UInt32(truncatingIfNeeded: root)
    }
  }()
}
