extension Tensor {
  /// The same numbers with the axes in another order: axis `i` of the result is axis `order[i]`.
  package func withAxes(_ order: [Int]) -> Tensor {
    precondition(order.sorted() == Array(0..<shape.rank), "not an order of the axes")
    var strides = [Int](repeating: 1, count: shape.rank)
    for axis in strides.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    let wanted = Shape(order.map { shape[$0] })
    let steps = order.map { strides[$0] }
    return withValues { values in
      Tensor(wanted) { target in
        var place = [Int](repeating: 0, count: order.count)
        var source = 0
        for index in target.indices {
          target[index] = values[source]
          for axis in place.indices.reversed() {
            place[axis] += 1
            source += steps[axis]
            if place[axis] < wanted[axis] { break }
            source -= steps[axis] * wanted[axis]
            place[axis] = 0
          }
        }
      }
    }
  }
}
