/// The generator MT19937, seeded by one number as NumPy's `RandomState` is.
struct MersenneTwister {
  private static let size = 624
  private static let middle = 397
  private var state: [UInt32]
  private var place = MersenneTwister.size

  /// A generator that starts at a seed.
  init(seed: UInt32) {
    state = [seed]
    for index in 1..<Self.size {
      let last = state[index - 1]
      state.append(1_812_433_253 &* (last ^ last >> 30) &+ UInt32(index))
    }
  }

  /// The next 32 bits.
  mutating func next() -> UInt32 {
    if place == Self.size { twist() }
    var word = state[place]
    place += 1
    word ^= word >> 11
    word ^= word << 7 & 0x9d2c_5680
    word ^= word << 15 & 0xefc6_0000
    return word ^ word >> 18
  }

  /// The next number in 0 ..< 1, of 53 random bits.
  mutating func uniform() -> Double {
    let high = Double(next() >> 5)
    let low = Double(next() >> 6)
    return (high * 0x1p26 + low) * 0x1p-53
  }

  private mutating func twist() {
    for index in 0..<Self.size {
      let joined = state[index] & 0x8000_0000 | state[(index + 1) % Self.size] & 0x7fff_ffff
      let odd: UInt32 = joined & 1 == 1 ? 0x9908_b0df : 0
      state[index] = state[(index + Self.middle) % Self.size] ^ joined >> 1 ^ odd
    }
    place = 0
  }
}
