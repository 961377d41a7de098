import Glibc

/// Starting values from a seed: the same seed gives the same network on every machine.
///
/// Each tensor has a generator of its own, seeded by the seed and the tensor's name, so that a network with
/// another head keeps the body's values.
package final class RandomParameters: ParameterSource {
  private let seed: UInt64
  private let interrupt: InterruptFlag

  /// A source; once `interrupt` is raised nothing more is drawn, and the rest is anything.
  package init(seed: UInt64, interrupt: InterruptFlag = InterruptFlag()) {
    self.seed = seed
    self.interrupt = interrupt
  }

  package func tensor(for request: ParameterRequest) throws(GraphError) -> Tensor {
    if interrupt.isRaised { return try UnreadParameters().tensor(for: request) }
    try MemoryRoom.check(request.byteCount, for: "'\(request.key)' of \(request.shape)")
    var generator = SplitMix64(state: seed ^ fingerprint(of: request.key))
    return Tensor(unwritten: request.shape) { all in
      // A large tensor takes seconds: between pieces it is seen whether anybody still waits for it.
      let piece = 1 << 18
      for start in stride(from: 0, to: all.count, by: piece) {
        if interrupt.isRaised { return }
        let values = UnsafeMutableBufferPointer(rebasing: all[start..<min(start + piece, all.count)])
        draw(values, request.start, from: &generator)
      }
    }
  }

  private func draw(
    _ values: UnsafeMutableBufferPointer<Float>, _ start: StartingValue, from generator: inout SplitMix64
  ) {
    switch start {
    case .constant(let value): values.update(repeating: value)
    case .uniform(let fan):
      let bound = 1 / Float(max(fan, 1)).squareRoot()
      for index in values.indices { values[index] = (generator.unit() * 2 - 1) * bound }
    case .heNormal(let fan):
      let deviation = (2 / Float(max(fan, 1))).squareRoot()
      fill(values, normalWithDeviation: deviation, from: &generator)
    }
  }

  /// Box and Muller's pairs: two uniform numbers give two independent normal ones.
  private func fill(
    _ values: UnsafeMutableBufferPointer<Float>, normalWithDeviation deviation: Float,
    from generator: inout SplitMix64
  ) {
    var index = values.startIndex
    while index < values.endIndex {
      let radius = (-2 * log(1 - generator.unit())).squareRoot() * deviation
      let angle = 2 * Float.pi * generator.unit()
      values[index] = radius * cos(angle)
      if index + 1 < values.endIndex { values[index + 1] = radius * sin(angle) }
      index += 2
    }
  }

  /// FNV-1a over the name's bytes; Swift's own hashing differs from run to run.
  private func fingerprint(of name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

/// Steele, Lea and Flood's generator of 64-bit numbers.
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number in 0..<1 with 24 random bits.
  mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }
}
