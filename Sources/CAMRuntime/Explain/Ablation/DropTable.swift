internal import CVector

/// What the likeliest class loses with each unit.
struct LikeliestDrops: Sendable {
  let classIndex: Int
  /// Of its logit.
  let own: [Float]
  /// Of its share's logarithm.
  let logs: [Double]
}

/// The drops of all classes, a row of units for each class; each column may want a factor still.
struct DropTable {
  fileprivate let rows: Tensor
  fileprivate let factors: Tensor?

  /// The drops of one class for each unit.
  func row(_ classIndex: Int, units: Int) -> [Float] {
    withRows { rows, factors in
      (0..<units).map { rows[classIndex * units + $0] * (factors?[$0] ?? 1) }
    }
  }

  /// The rows one behind the other, and the factors of their columns.
  func withRows<Result>(_ body: (UnsafePointer<Float>, UnsafePointer<Float>?) -> Result) -> Result {
    withExtendedLifetime((rows, factors)) { body(rows.start, factors?.start) }
  }
}

extension UnitDeltas {
  /// The drops of all classes.
  func table() throws -> DropTable {
    switch form {
    case .blocks(let changes, 1, let linear): return DropTable(rows: linear.weight, factors: changes)
    case .hidden(let changes, let linear):
      let width = linear.weight.shape[1]
      let rows = try Tensor([classes, units]) { target in
        guard let start = target.baseAddress else { return }
        try withExtendedLifetime((linear, changes)) {
          try Engine.product(
            transposeA: false, transposeB: true, rows: classes, columns: units, inner: width,
            a: linear.weight.start, aStride: width, b: changes.start, bStride: width,
            c: start, cStride: units)
        }
      }
      return DropTable(rows: rows, factors: nil)
    case .logits(let changes):
      let rows = Tensor([classes, units]) { target in
        guard let start = target.baseAddress else { return }
        withExtendedLifetime(changes) { cv_transpose(changes.start, start, 1, units, classes) }
      }
      return DropTable(rows: rows, factors: nil)
    case .blocks, .ownLogit:
      let rows = Tensor([classes, units]) { target in
        for classIndex in 0..<classes {
          for (unit, drop) in drops(of: classIndex).enumerated() { target[classIndex * units + unit] = drop }
        }
      }
      return DropTable(rows: rows, factors: nil)
    }
  }
}

extension Tensor {
  /// The first element, for as long as the tensor is kept.
  fileprivate var start: UnsafePointer<Float> { UnsafePointer(storage.base + offset) }
}
