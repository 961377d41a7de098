import CAMRuntime
import CVector
import Testing

/// The loops on changes against sums one by one.
@Suite("changes of convolutions") struct ChangeLoopTests {
  struct Case: Sendable, CustomStringConvertible {
    let inputs: Int
    let outputs: Int
    let kernel: Int
    let stride: Int
    let side: Int
    let entries: Int
    var description: String { "\(inputs) to \(outputs), \(kernel)x\(kernel), \(entries) entries" }
    var padding: Int { kernel / 2 }
    var outputSide: Int { (side + 2 * padding - kernel) / stride + 1 }
    var inner: Int { inputs * kernel * kernel }
  }

  static let cases = [
    Case(inputs: 64, outputs: 64, kernel: 3, stride: 1, side: 5, entries: 33),
    Case(inputs: 600, outputs: 32, kernel: 1, stride: 1, side: 3, entries: 15),
    Case(inputs: 32, outputs: 96, kernel: 3, stride: 2, side: 6, entries: 61),
    Case(inputs: 1_100, outputs: 64, kernel: 1, stride: 1, side: 1, entries: 520),
    Case(inputs: 19, outputs: 48, kernel: 3, stride: 1, side: 4, entries: 3),
  ]

  /// The best instructions, then only those of AVX2, then plain loops.
  static let levels: [Int32] = [2, 1, 0]

  @Test("sums over what is not zero are all sums, with all instructions and few", arguments: cases, levels)
  func products(_ shape: Case, _ level: Int32) {
    check(shape, level, halves: false)
    check(shape, level, halves: false, knowsCut: false)
  }

  @Test("so are those of 16-bit floats", arguments: cases)
  func roundedProducts(_ shape: Case) {
    if cv_has_bf16() != 0, shape.outputs % 32 == 0 { check(shape, 2, halves: true) }
  }

  private func check(_ shape: Case, _ level: Int32, halves: Bool, knowsCut: Bool = true) {
    cv_limit_instructions(level)
    defer { cv_limit_instructions(2) }
    var random = SeededGenerator(seed: UInt64(shape.inputs))
    let places = shape.outputSide * shape.outputSide
    let before = (0..<shape.side * shape.side * shape.inputs).map { _ in Float(random.normal()) }
    let x = (0..<shape.entries * shape.side * shape.side).flatMap { place -> [Float] in
      // Some places change nothing at all; what was shut in front changes seldom, and at some places as often as all else.
      let isChanged = place % 3 != 0, at = place % (shape.side * shape.side) * shape.inputs
      return (0..<shape.inputs).map { input in
        let often = before[at + input] > 0 || place % 5 == 0 ? 0.5 : 0.03
        return isChanged && random.uniform() < often ? Float(random.normal()) : 0
      }
    }
    let weights = (0..<shape.outputs * shape.inner).map { _ in Float(random.normal()) }
    let base = (0..<places * shape.outputs).map { _ in Float(random.normal()) }
    let residual = (0..<shape.entries * places * shape.outputs).map { _ in Float(random.normal()) }
    let taps = shape.kernel * shape.kernel
    let order = (0..<taps).flatMap { tap in (0..<shape.inputs).map { Int32($0 * taps + tap) } }
    var packed = [Float](repeating: 0, count: cv_packed_count(shape.outputs, shape.inner))
    if halves {
      cv_pack_changes_bf16(weights, nil, order, &packed, shape.outputs, shape.inner)
    } else {
      cv_pack(weights, nil, order, &packed, shape.outputs, shape.inner)
    }
    var problem = cv_changes(
      entries: shape.entries, inputs: shape.inputs, outputs: shape.outputs, h: shape.side, w: shape.side,
      oh: shape.outputSide, ow: shape.outputSide, kh: shape.kernel, kw: shape.kernel, sh: shape.stride,
      sw: shape.stride, dh: 1, dw: 1, top: shape.padding, left: shape.padding, halves: halves ? 1 : 0,
      before: nil, low: 0)
    var found = residual
    before.withUnsafeBufferPointer {
      problem.before = knowsCut ? $0.baseAddress : nil
      cv_change_products(&problem, x, packed, residual, base, 0, .infinity, &found)
      guard !halves else { return }
      // Who shares a tile changes no bit.
      let width = shape.side * shape.side * shape.inputs, each = places * shape.outputs
      var alone = residual
      problem.entries = 1
      for entry in 0..<shape.entries {
        x.withUnsafeBufferPointer { x in
          alone.withUnsafeMutableBufferPointer { alone in
            guard let from = x.baseAddress, let to = alone.baseAddress else { return }
            cv_change_products(
              &problem, from + entry * width, packed, to + entry * each, base, 0, .infinity, to + entry * each
            )
          }
        }
      }
      #expect(alone == found, "\(shape)")
    }
    var expected: [Float] = []
    var wanted: [Float] = []
    for entry in stride(from: 0, to: shape.entries, by: 7) {
      for place in 0..<places {
        for output in stride(from: 0, to: shape.outputs, by: 5) {
          let index = (entry * places + place) * shape.outputs + output
          let change = sum(x, weights, shape, entry, place, output) + Double(residual[index])
          let before = Double(base[place * shape.outputs + output])
          expected.append(Float(max(before + change, 0) - max(before, 0)))
          wanted.append(found[index])
        }
      }
    }
    expectClose(wanted, expected, within: halves ? 1e-2 : Tolerance.order, "\(shape)")
  }

  /// Sides that end in tiles of every size, and more entries than share forms or scratch memory.
  static let denseCases = [
    Case(inputs: 64, outputs: 64, kernel: 3, stride: 1, side: 5, entries: 33),
    Case(inputs: 48, outputs: 80, kernel: 3, stride: 1, side: 6, entries: 9),
    Case(inputs: 512, outputs: 32, kernel: 3, stride: 1, side: 7, entries: 90),
    Case(inputs: 16, outputs: 16, kernel: 3, stride: 1, side: 8, entries: 500),
    Case(inputs: 32, outputs: 48, kernel: 3, stride: 1, side: 3, entries: 2),
    Case(inputs: 32, outputs: 32, kernel: 3, stride: 1, side: 1, entries: 1),
    Case(inputs: 16, outputs: 16, kernel: 3, stride: 1, side: 14, entries: 3),
    // Forms made where they are multiplied: some rounds, several parts of the inputs.
    Case(inputs: 320, outputs: 336, kernel: 3, stride: 1, side: 7, entries: 90),
    Case(inputs: 528, outputs: 208, kernel: 3, stride: 1, side: 6, entries: 3),
    Case(inputs: 272, outputs: 48, kernel: 3, stride: 1, side: 13, entries: 1),
    Case(inputs: 272, outputs: 272, kernel: 3, stride: 1, side: 9, entries: 4),
    // A stride of two: all sizes of tiles at the edges, both ways to make forms, more entries than share scratch memory.
    Case(inputs: 16, outputs: 48, kernel: 3, stride: 2, side: 16, entries: 5),
    Case(inputs: 32, outputs: 16, kernel: 3, stride: 2, side: 9, entries: 20),
    Case(inputs: 64, outputs: 64, kernel: 3, stride: 2, side: 11, entries: 3),
    Case(inputs: 48, outputs: 32, kernel: 3, stride: 2, side: 14, entries: 2),
    Case(inputs: 320, outputs: 336, kernel: 3, stride: 2, side: 14, entries: 40),
    Case(inputs: 16, outputs: 16, kernel: 3, stride: 2, side: 2, entries: 3),
  ]

  @Test(
    "Winograd's form of changes gives all sums, with all instructions and few", arguments: denseCases, levels)
  func denseProducts(_ shape: Case, _ level: Int32) {
    cv_limit_instructions(level)
    defer { cv_limit_instructions(2) }
    for hasResidual in [false, true] { checkDense(shape, hasResidual) }
  }

  private func checkDense(_ shape: Case, _ hasResidual: Bool) {
    var random = SeededGenerator(seed: UInt64(shape.side))
    let places = shape.outputSide * shape.outputSide
    func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
    let x = numbers(shape.entries * shape.side * shape.side * shape.inputs)
    let weights = numbers(shape.outputs * shape.inner)
    let base = numbers(places * shape.outputs), residual = numbers(shape.entries * places * shape.outputs)
    let order = (0..<9).flatMap { tap in (0..<shape.inputs).map { Int32($0 * 9 + tap) } }
    var packed = [Float](repeating: 0, count: cv_packed_count(shape.outputs, shape.inner))
    cv_pack(weights, nil, order, &packed, shape.outputs, shape.inner)
    var problem = cv_winograd(
      batch: shape.entries, h: shape.side, w: shape.side, c: shape.inputs, oh: shape.outputSide,
      ow: shape.outputSide, outputs: shape.outputs, stride: shape.stride, top: 1, left: 1, narrow: 0,
      in_place: 0)
    var scratch = [Float](repeating: .nan, count: cv_winograd_scratch(&problem))
    // The residual's memory is the result's.
    var found = residual
    found.withUnsafeMutableBufferPointer {
      var finish = cv_finish(
        bias: nil, residual: hasResidual ? UnsafePointer($0.baseAddress) : nil,
        low: hasResidual ? 0 : -.infinity, high: .infinity, narrow: 0, narrow_residual: 0)
      cv_winograd_run(&problem, x, packed, &finish, hasResidual ? base : nil, $0.baseAddress, &scratch)
    }
    if shape.inputs == shape.outputs, shape.stride == 1, !hasResidual {
      checkInPlace(problem, x, packed, found)
    }
    var expected: [Float] = []
    var wanted: [Float] = []
    for index in stride(from: 0, to: found.count, by: 1 + found.count / 20_011) {
      let entry = index / (places * shape.outputs), at = index % (places * shape.outputs)
      let change = sum(x, weights, shape, entry, at / shape.outputs, at % shape.outputs)
      let before = Double(base[at])
      expected.append(
        Float(hasResidual ? max(before + change + Double(residual[index]), 0) - max(before, 0) : change))
      wanted.append(found[index])
    }
    // The form's own rounding, of factors up to eight and sums of many inputs.
    expectClose(wanted, expected, within: 3 * Tolerance.order, "\(shape)")
  }

  /// The same to the bit where the result takes the input's memory.
  private func checkInPlace(_ problem: cv_winograd, _ x: [Float], _ packed: [Float], _ expected: [Float]) {
    var problem = problem
    problem.in_place = 1
    var scratch = [Float](repeating: .nan, count: cv_winograd_scratch(&problem))
    var found = x
    found.withUnsafeMutableBufferPointer {
      var finish = cv_finish(
        bias: nil, residual: nil, low: -.infinity, high: .infinity, narrow: 0, narrow_residual: 0)
      cv_winograd_run(&problem, $0.baseAddress, packed, &finish, nil, $0.baseAddress, &scratch)
    }
    #expect(found == expected)
  }

  /// One sum of products, tap by tap.
  private func sum(
    _ x: [Float], _ weights: [Float], _ shape: Case, _ entry: Int, _ place: Int, _ output: Int
  ) -> Double {
    var sum = 0.0
    for tap in 0..<shape.kernel * shape.kernel {
      let row = place / shape.outputSide * shape.stride + tap / shape.kernel - shape.padding
      let column = place % shape.outputSide * shape.stride + tap % shape.kernel - shape.padding
      guard (0..<shape.side).contains(row), (0..<shape.side).contains(column) else { continue }
      let from = ((entry * shape.side + row) * shape.side + column) * shape.inputs
      let weight = output * shape.inner + tap
      for input in 0..<shape.inputs {
        sum += Double(x[from + input]) * Double(weights[weight + input * shape.kernel * shape.kernel])
      }
    }
    return sum
  }
}
