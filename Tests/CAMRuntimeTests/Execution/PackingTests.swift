import CAMRuntime
import CVector
import Testing

@Suite("packing of weights", .serialized) struct PackingTests {
  /// Rows of weights of some window.
  struct Rows: CustomTestStringConvertible, Sendable {
    let outputs: Int, inputs: Int
    var taps = 9
    var inner: Int { inputs * taps }
    var testDescription: String { "\(outputs) x \(inputs) x \(taps)" }

    /// An order of a row's elements: taps before inputs.
    var order: [Int32] {
      (0..<taps).flatMap { tap in (0..<inputs).map { Int32($0 * taps + tap) } }
    }
  }

  /// A way to lay rows, times factors, out in 32-bit words, and where it says which weights these are.
  struct Packing: Sendable {
    let name: String
    let count: @Sendable (Rows) -> Int
    let pack: @Sendable (Rows, UnsafePointer<Float>, [Float]?, UnsafeMutablePointer<Float>) -> Void
    var definition: (@Sendable (Rows, [Float]) -> [UInt32])?
    var fits: @Sendable (Rows) -> Bool = { _ in true }
  }

  static let packings = [
    Packing(
      name: "32-bit floats", count: { cv_packed_count($0.outputs, $0.inner) },
      pack: { cv_pack($1, $2, $0.order, $3, $0.outputs, $0.inner) },
      definition: { rows, weights in
        blocks(rows, least: 16) { o, width in
          (0..<rows.inner).flatMap { i in (0..<width).map { weight(rows, weights, o + $0, i).bitPattern } }
        }
      }),
    Packing(
      name: "pairs of 16-bit floats", count: { cv_packed_count($0.outputs, $0.inner / 2) },
      pack: { cv_pack_bf16($1, $2, $0.order, $3, $0.outputs, $0.inner) },
      definition: { rows, weights in
        blocks(rows, least: 16) { o, width in
          stride(from: 0, to: rows.inner, by: 2).flatMap { i in
            (0..<width).map {
              word(weight(rows, weights, o + $0, i), weight(rows, weights, o + $0, i + 1))
            }
          }
        }
      }, fits: { $0.inner % 2 == 0 }),
    Packing(
      name: "16-bit floats for changes", count: { ($0.outputs + 31) / 32 * 16 * $0.inner },
      pack: { cv_pack_changes_bf16($1, $2, $0.order, $3, $0.outputs, $0.inner) },
      definition: { rows, weights in
        blocks(rows, least: 32) { o, _ in
          (0..<rows.inner).flatMap { i in
            // Quarters of 128 bits: four outputs of the first sixteen, then four of the others.
            (0..<4).flatMap { quarter in
              [0, 2, 16, 18].map { first in
                let output = o + quarter * 4 + first
                return word(weight(rows, weights, output, i), weight(rows, weights, output + 1, i))
              }
            }
          }
        }
      }),
    Packing(
      name: "Winograd's form in pairs", count: { 8 * $0.outputs * $0.inputs },
      pack: { rows, weights, _, packed in
        packed.withMemoryRebound(to: UInt16.self, capacity: 16 * rows.outputs * rows.inputs) {
          cv_paired_winograd_pack(weights, $0, rows.outputs, rows.inputs)
        }
      }, fits: { takesPairs($0) }),
    Packing(
      name: "Winograd's form in pairs, turned", count: { 8 * $0.outputs * $0.inputs },
      pack: { rows, weights, _, packed in
        packed.withMemoryRebound(to: UInt16.self, capacity: 16 * rows.outputs * rows.inputs) {
          cv_paired_winograd_pack_turned(weights, $0, rows.outputs, rows.inputs)
        }
      }, fits: { takesPairs($0) }),
  ]

  static let rows = [
    Rows(outputs: 1, inputs: 2), Rows(outputs: 16, inputs: 16), Rows(outputs: 70, inputs: 5),
    Rows(outputs: 65, inputs: 34, taps: 1), Rows(outputs: 48, inputs: 7, taps: 4),
    Rows(outputs: 128, inputs: 96), Rows(outputs: 40, inputs: 728, taps: 1),
  ]

  @Test(
    "each weight lies where the loops read it, whatever the number of threads", arguments: rows,
    [false, true])
  func places(_ rows: Rows, _ hasFactors: Bool) {
    var numbers = SeededNumbers(UInt64(rows.outputs))
    let weights = numbers.tensor([rows.outputs, rows.inner]).values
    let factors = hasFactors ? numbers.tensor([rows.outputs], 0.5, 2).values : nil
    let scaled = weights.indices.map { weights[$0] * (factors?[$0 / rows.inner] ?? 1) }
    let before = cv_threads()
    defer { cv_set_threads(before) }
    for packing in Self.packings where packing.fits(rows) {
      let packed = [Int32(1), 2, 3].map { threads -> [UInt32] in
        cv_set_threads(threads)
        var packed = [Float](repeating: .nan, count: packing.count(rows))
        packing.pack(rows, weights, factors, &packed)
        return packed.map(\.bitPattern)
      }
      #expect(packed[1] == packed[0] && packed[2] == packed[0], "\(packing.name)")
      #expect(!packed[0].contains(Float.nan.bitPattern), "\(packing.name) leaves something out")
      guard let definition = packing.definition else { continue }
      #expect(packed[0] == definition(rows, scaled), "\(packing.name)")
    }
  }

  private static func takesPairs(_ rows: Rows) -> Bool {
    cv_has_bf16() != 0 && rows.taps == 9 && rows.outputs % 32 == 0 && rows.inputs % 32 == 0
  }

  /// Blocks of 32 outputs, of which the last may have `least`.
  private static func blocks(
    _ rows: Rows, least: Int, _ block: (_ first: Int, _ width: Int) -> [UInt32]
  ) -> [UInt32] {
    stride(from: 0, to: rows.outputs, by: 32).flatMap { block($0, rows.outputs - $0 > 16 ? 32 : least) }
  }

  /// Element i of an output's row as the loops take it; zero behind the last output.
  private static func weight(_ rows: Rows, _ weights: [Float], _ output: Int, _ i: Int) -> Float {
    guard output < rows.outputs else { return 0 }
    return weights[output * rows.inner + i % rows.inputs * rows.taps + i / rows.inputs]
  }

  /// Two numbers as 16-bit floats side by side.
  private static func word(_ low: Float, _ high: Float) -> UInt32 {
    var halves: [UInt16] = [0, 0]
    cv_to_bfloat16([low, high], &halves, 2)
    return UInt32(halves[0]) | UInt32(halves[1]) << 16
  }
}
