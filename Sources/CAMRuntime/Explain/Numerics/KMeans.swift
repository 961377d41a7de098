/// Lloyd's algorithm with distances spread over the start (k-means++), from a seed.
enum KMeans {
  /// The cluster of each point; clusters are numbered from 0 and none is empty.
  ///
  /// `points` holds `count` points of `dimension` coordinates each, one after the other.
  static func clusters(
    of points: [Float], count: Int, dimension: Int, clusters wanted: Int, seed: UInt64, rounds: Int = 50,
    interrupt: InterruptFlag
  ) throws -> [Int] {
    let wanted = Swift.min(wanted, count)
    guard wanted > 1 else { return Array(repeating: 0, count: count) }
    var generator = SeededGenerator(seed: seed)
    var centres = start(points, count: count, dimension: dimension, clusters: wanted, &generator)
    var labels = [Int](repeating: -1, count: count)
    for _ in 0..<rounds {
      try interrupt.check()
      var hasMoved = false
      for point in 0..<count {
        var best = 0
        var least = Double.infinity
        for cluster in 0..<wanted {
          let distance = squaredDistance(points, point, centres, cluster, dimension)
          if distance < least {
            least = distance
            best = cluster
          }
        }
        if labels[point] != best {
          labels[point] = best
          hasMoved = true
        }
      }
      guard hasMoved else { break }
      centres = means(points, labels: labels, dimension: dimension, centres: centres, clusters: wanted)
    }
    var numbers: [Int: Int] = [:]
    return labels.map { label in
      let number = numbers[label] ?? numbers.count
      numbers[label] = number
      return number
    }
  }

  private static func start(
    _ points: [Float], count: Int, dimension: Int, clusters: Int, _ generator: inout SeededGenerator
  ) -> [Double] {
    var centres = row(points, generator.index(below: count), dimension)
    for chosen in 1..<clusters {
      let distances = (0..<count).map { point in
        (0..<chosen).reduce(Double.infinity) {
          Swift.min($0, squaredDistance(points, point, centres, $1, dimension))
        }
      }
      var mark = generator.uniform() * distances.reduce(0, +)
      var next = count - 1
      for point in 0..<count {
        mark -= distances[point]
        if mark < 0 {
          next = point
          break
        }
      }
      centres += row(points, next, dimension)
    }
    return centres
  }

  private static func row(_ points: [Float], _ index: Int, _ dimension: Int) -> [Double] {
    points[index * dimension..<(index + 1) * dimension].map { Double($0) }
  }

  private static func means(
    _ points: [Float], labels: [Int], dimension: Int, centres: [Double], clusters: Int
  ) -> [Double] {
    var sums = [Double](repeating: 0, count: clusters * dimension)
    var counts = [Int](repeating: 0, count: clusters)
    for (point, label) in labels.enumerated() {
      counts[label] += 1
      for axis in 0..<dimension { sums[label * dimension + axis] += Double(points[point * dimension + axis]) }
    }
    for cluster in 0..<clusters {
      for axis in cluster * dimension..<(cluster + 1) * dimension {
        sums[axis] = counts[cluster] > 0 ? sums[axis] / Double(counts[cluster]) : centres[axis]
      }
    }
    return sums
  }

  private static func squaredDistance(
    _ points: [Float], _ point: Int, _ centres: [Double], _ cluster: Int, _ dimension: Int
  ) -> Double {
    var sum = 0.0
    for axis in 0..<dimension {
      let gap = Double(points[point * dimension + axis]) - centres[cluster * dimension + axis]
      sum += gap * gap
    }
    return sum
  }
}
