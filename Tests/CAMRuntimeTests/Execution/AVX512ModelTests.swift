import CAMRuntime
import CVector
import Testing

/// The model of AVX-512's instructions, on which `make test-model` runs the loops, beside their definitions in Intel's manual.
@Suite("the model of AVX-512") struct AVX512ModelTests {
  /// Three vectors of sixteen words, and which lanes a mask names.
  struct Operands {
    var a: [UInt32]
    var b: [UInt32]
    var c: [UInt32]
    var some: UInt16

    func names(_ lane: Int) -> Bool { some >> UInt16(lane) & 1 == 1 }
  }

  struct Instruction: CustomTestStringConvertible {
    let name: String
    let code: Int
    let definition: @Sendable (Operands) -> [UInt32]
    var testDescription: String { name }

    /// One that treats each lane by itself.
    static func lanes(
      _ name: String, _ code: Int, _ lane: @escaping @Sendable (Operands, Int) -> UInt32
    ) -> Instruction {
      Instruction(name: name, code: code) { operands in (0..<16).map { lane(operands, $0) } }
    }

    /// One that picks halves of words.
    static func halves(
      _ name: String, _ code: Int, _ half: @escaping @Sendable (Operands, Int) -> UInt16
    ) -> Instruction {
      Instruction(name: name, code: code) { operands in joined((0..<32).map { half(operands, $0) }) }
    }
  }

  static let arithmetic: [Instruction] = [
    .lanes("vdpbf16ps", cv_probe_add_products) {
      // The second pair comes first; numbers that are not normal are zeros before and after.
      let sum = product(flushed($0.a[$1]), $0.b[$1] & 0xFFFF_0000, $0.c[$1] & 0xFFFF_0000)
      return product(sum, $0.b[$1] << 16, $0.c[$1] << 16).bitPattern
    },
    .halves("vcvtneps2bf16", cv_probe_narrow) { $1 < 16 ? nearest($0.a[$1]) : 0 },
    .halves("vcvtne2ps2bf16", cv_probe_narrow_both) {
      nearest($1 < 16 ? $0.b[$1] : $0.a[$1 - 16])
    },
    .lanes("vmaxps", cv_probe_largest) {
      float($0.a[$1]) > float($0.b[$1]) ? $0.a[$1] : $0.b[$1]
    },
    .lanes("vminps", cv_probe_least) {
      float($0.a[$1]) < float($0.b[$1]) ? $0.a[$1] : $0.b[$1]
    },
    .lanes("vcmpps, greater", cv_probe_greater) {
      float($0.a[$1]) > float($0.b[$1]) ? $0.c[$1] : 0
    },
    .lanes("vcmpps, unequal or unordered", cv_probe_unequal) {
      $0.names($1) && float($0.a[$1]) != float($0.b[$1]) ? $0.c[$1] : 0
    },
    .lanes("vptestmd", cv_probe_test) { $0.a[$1] & $0.b[$1] != 0 ? $0.c[$1] : 0 },
    .lanes("vpaddd, masked", cv_probe_add_some) {
      $0.names($1) ? $0.a[$1] &+ $0.b[$1] : $0.c[$1]
    },
    .lanes("vpmulld", cv_probe_multiply) { $0.a[$1] &* $0.b[$1] },
    .lanes("vpslld", cv_probe_shift) { $0.a[$1] << 16 },
    .halves("vpaddw", cv_probe_add_halves) { half($0.a, $1) &+ half($0.b, $1) },
    .lanes("the sum of all lanes", cv_probe_sum) { operands, _ in operands.a.reduce(0, &+) },
    .lanes("vpmovzxwd", cv_probe_widen) { UInt32(half($0.a, $1)) },
  ]

  static let memory: [Instruction] = [
    .lanes("vmovups, masked load", cv_probe_load_some) { $0.names($1) ? $0.a[$1] : 0 },
    .lanes("vmovups, masked store", cv_probe_store_some) { $0.names($1) ? $0.a[$1] : 0 },
    .halves("vmovdqu16, masked load", cv_probe_load_halves) {
      $1 < 16 && $0.names($1) ? half($0.a, $1) : 0
    },
    .halves("vmovdqu16, masked store", cv_probe_store_halves) {
      $1 < 16 && $0.names($1) ? half($0.a, $1) : 0
    },
    .lanes("vgatherdps", cv_probe_gather) { $0.a[Int($0.b[$1] & 15)] },
    Instruction(name: "vscatterdps", code: cv_probe_scatter) { operands in
      var places = [UInt32](repeating: 0, count: 16)
      for lane in 0..<16 { places[Int(operands.b[lane] & 15)] = operands.a[lane] }
      return places
    },
  ]

  static let moves: [Instruction] = [
    .halves("vpunpcklwd", cv_probe_unpack_low_halves) {
      half($1 % 2 == 0 ? $0.a : $0.b, $1 / 8 * 8 + $1 % 8 / 2)
    },
    .halves("vpunpckhwd", cv_probe_unpack_high_halves) {
      half($1 % 2 == 0 ? $0.a : $0.b, $1 / 8 * 8 + 4 + $1 % 8 / 2)
    },
    .lanes("vunpcklps", cv_probe_unpack_low) {
      ($1 % 2 == 0 ? $0.a : $0.b)[$1 / 4 * 4 + $1 % 4 / 2]
    },
    .lanes("vunpckhps", cv_probe_unpack_high) {
      ($1 % 2 == 0 ? $0.a : $0.b)[$1 / 4 * 4 + 2 + $1 % 4 / 2]
    },
    .lanes("vunpcklpd", cv_probe_unpack_low_doubles) {
      ($1 % 4 < 2 ? $0.a : $0.b)[$1 / 4 * 4 + $1 % 2]
    },
    .lanes("vunpckhpd", cv_probe_unpack_high_doubles) {
      ($1 % 4 < 2 ? $0.a : $0.b)[$1 / 4 * 4 + 2 + $1 % 2]
    },
    .halves("vpermt2w", cv_probe_pick_halves) {
      let number = Int(half($0.c, $1) & 63)
      return half(number < 32 ? $0.a : $0.b, number % 32)
    },
    .halves("vpermw", cv_probe_pick_halves_of_one) { half($0.a, Int(half($0.c, $1) & 31)) },
    .lanes("vpermt2ps", cv_probe_pick) {
      let number = Int($0.c[$1] & 31)
      return (number < 16 ? $0.a : $0.b)[number % 16]
    },
    Instruction(name: "vcompressps", code: cv_probe_compress, definition: compressed),
    Instruction(name: "vpcompressd", code: cv_probe_compress_words, definition: compressed),
    .lanes("vbroadcastf32x4, masked", cv_probe_broadcast) {
      $0.names($1) ? $0.a[$1 % 4] : $0.b[$1]
    },
  ]

  @Test(
    "its instructions do what the manual says, and so do the processor's where it has them",
    arguments: arithmetic + memory + moves)
  func definitions(_ instruction: Instruction) {
    var seen: Set<[UInt32]> = []
    for operands in Self.samples {
      let expected = instruction.definition(operands)
      seen.insert(expected)
      for isModel in [true, false] {
        guard let found = Self.result(instruction.code, operands, isModel) else {
          #expect(!isModel, "debug builds have the model, AVX2 runs it")
          continue
        }
        #expect(Self.agree(found, expected), "\(isModel ? "model" : "processor"): \(operands)")
      }
    }
    #expect(seen.count > Self.samples.count / 2, "the samples say little")
  }

  private static func result(_ code: Int, _ operands: Operands, _ isModel: Bool) -> [UInt32]? {
    var y = [UInt32](repeating: 0, count: 16)
    let isThere = cv_probe(
      Int32(code), isModel ? 1 : 0, operands.some, operands.a, operands.b, operands.c, &y)
    return isThere != 0 ? y : nil
  }

  /// Equal bits; where a 32-bit float is not a number, whatever else is none.
  private static func agree(_ found: [UInt32], _ expected: [UInt32]) -> Bool {
    zip(found, expected).allSatisfy { $0 == $1 || (float($0).isNaN && float($1).isNaN) }
  }

  /// Any bits, numbers of like size, and numbers at the borders of what is normal.
  private static let samples: [Operands] = {
    var random = SeededGenerator(seed: 512)
    let special: [Float] = [
      0, -0.0, .infinity, -.infinity, .nan, .leastNormalMagnitude, -.leastNormalMagnitude,
      .leastNonzeroMagnitude, 0x1p-130, -0x1.8p-130, .greatestFiniteMagnitude, 1, 1.00390625, 1.01171875,
    ]
    func words(_ kind: Int) -> [UInt32] {
      (0..<16).map { _ in
        switch kind {
        case 0: UInt32(truncatingIfNeeded: random.next())
        case 1: Float(random.normal()).bitPattern
        default: special[Int(random.next() % UInt64(special.count))].bitPattern
        }
      }
    }
    return (0..<300).map {
      Operands(
        a: words($0 % 3), b: words($0 / 3 % 3), c: words($0 / 9 % 3),
        some: UInt16(truncatingIfNeeded: random.next()))
    }
  }()
}

private func float(_ bits: UInt32) -> Float { Float(bitPattern: bits) }

private func half(_ words: [UInt32], _ place: Int) -> UInt16 {
  UInt16(truncatingIfNeeded: words[place / 2] >> UInt32(place % 2 * 16))
}

private func joined(_ halves: [UInt16]) -> [UInt32] {
  (0..<16).map { UInt32(halves[2 * $0]) | UInt32(halves[2 * $0 + 1]) << 16 }
}

private func flushed(_ bits: UInt32) -> Float { flushed(float(bits)) }
private func flushed(_ x: Float) -> Float { x.isSubnormal ? Float(signOf: x, magnitudeOf: 0) : x }

/// sum + a b, rounded once.
private func product(_ sum: Float, _ a: UInt32, _ b: UInt32) -> Float {
  flushed(sum.addingProduct(flushed(a), flushed(b)))
}

/// The nearest 16-bit float, found among the two beside a number.
private func nearest(_ bits: UInt32) -> UInt16 {
  let x = flushed(bits), below = UInt16(x.bitPattern >> 16)
  if x.isNaN { return below | 0x40 }
  if x.isInfinite { return below }
  let rest = x.bitPattern & 0xFFFF
  return rest > 0x8000 || (rest == 0x8000 && below % 2 == 1) ? below + 1 : below
}

@Sendable private func compressed(_ operands: AVX512ModelTests.Operands) -> [UInt32] {
  let taken = (0..<16).filter(operands.names).map { operands.a[$0] }
  return taken + [UInt32](repeating: 0, count: 16 - taken.count)
}
