/// Decides how a wanted shape, written for one batch or computed from the input's shape, reads for any batch.
struct ONNXReshape {
  let input: [SymbolicInteger]
  let wanted: [SymbolicInteger]
  /// The batch for which literal shapes were written; nil where shapes are to be taken as they stand.
  let declaredBatch: Int?

  /// The shape with 0 for an extent that stays and -1 for what is left; nil where there is no such writing.
  var dimensions: [Int]? {
    var result = [Int](repeating: 0, count: wanted.count)
    var moving: [Int] = []
    var rest: Int?
    for (axis, extent) in wanted.enumerated() {
      if let known = extent.known {
        result[axis] = known
        if known == -1 { rest = axis }
      } else if axis < input.count, input[axis] == extent {
        result[axis] = 0
      } else {
        moving.append(axis)
      }
    }
    if moving.isEmpty { return keepingLiteralBatch(result) }
    guard moving.count == 1 else { return nil }
    if let rest {
      guard let extent = remainder(rest) else { return nil }
      result[rest] = extent
    }
    result[moving[0]] = -1
    return result
  }

  /// A leading number that was the batch at export becomes "as it is".
  private func keepingLiteralBatch(_ dimensions: [Int]) -> [Int] {
    guard let declaredBatch, let first = dimensions.first, first == declaredBatch, first > 0,
      let batch = input.first, batch.known == nil, dimensions.count > 1
    else { return dimensions }
    var result = dimensions
    result[0] = 0
    guard let inputCount = entryCount(input.dropFirst()) else { return dimensions }
    let others = result.dropFirst().enumerated().map { index, extent in
      extent == 0 && index + 1 < input.count ? input[index + 1] : SymbolicInteger(extent)
    }
    // With -1 among the others the division tells; otherwise the counts of one entry must agree.
    if others.contains(-1) { return result }
    return entryCount(others[...]) == inputCount ? result : dimensions
  }

  /// What -1 stands for, where that is the same for every batch.
  private func remainder(_ axis: Int) -> Int? {
    func extent(forBatch count: Int) -> Int? {
      var (total, known) = (1, 1)
      for value in input { total *= value.value(forBatch: count) ?? 0 }
      for (index, value) in wanted.enumerated() where index != axis {
        if value == 0, index < input.count {
          known *= input[index].value(forBatch: count) ?? 0
        } else {
          known *= value.value(forBatch: count) ?? 0
        }
      }
      return known > 0 && total % known == 0 ? total / known : nil
    }
    guard let one = extent(forBatch: 1), one == extent(forBatch: 2) else { return nil }
    return one
  }

  private func entryCount(_ extents: ArraySlice<SymbolicInteger>) -> Int? {
    var count = 1
    for extent in extents {
      guard let known = extent.known else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: known)
      if overflow { return nil }
      count = product
    }
    return count
  }
}
