package import CAMRuntime
internal import Display
internal import ModelIO

/// The pictures of a data set as a network takes them: cut and resized by the network's own preprocessing.
package struct FittedPictures: TrainingData {
  private let whole: LoadedDataset
  private let bridge: TensorRaster
  private let size: ImageSize
  /// The data set's labels in the order of the network's scores.
  private let labels: [Int]
  private let scores: [Int: Int]
  package let classNames: [String]
  private let interrupt: InterruptFlag

  /// - Parameters:
  ///   - whole: the data set.
  ///   - labels: those of its labels that the network scores, in the order of the scores.
  ///   - other: the data set that the labels are of, where it is another; classes are then known by their names.
  ///   - preprocessing: the network's own.
  ///   - interrupt: the flag that ends the reading of a picture.
  package init(
    _ whole: LoadedDataset, labels: [Int], of other: LoadedDataset? = nil, for preprocessing: Preprocessing,
    interrupt: InterruptFlag = InterruptFlag()
  ) {
    self.interrupt = interrupt
    self.whole = whole
    self.labels = labels
    let names = (other ?? whole).classNames
    classNames = labels.map { names[$0] }
    var scores = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    if names != whole.classNames {
      let byName = Dictionary(
        labels.enumerated().map { (names[$1], $0) }, uniquingKeysWith: { first, _ in first })
      scores = [:]
      for (label, name) in whole.classNames.enumerated() { scores[label] = byName[name] }
    }
    self.scores = scores
    bridge = TensorRaster(preprocessing)
    size = preprocessing.size
  }

  package var count: Int { whole.images.count }
  package var classCount: Int { labels.count }
  /// A class that its pictures have and the network does not score.
  package var unknownClass: String? {
    whole.presentLabels.first { scores[$0] == nil }.map { whole.classNames[$0] }
  }
  package var height: Int { size.height }
  package var width: Int { size.width }

  package func read(_ index: Int, into planes: UnsafeMutableBufferPointer<Float>) throws -> Int {
    let item = whole.images[index]
    guard let label = item.label, let score = scores[label] else {
      throw FormatError(.missing("a label that the network knows"), file: item.name)
    }
    switch item.content {
    case .planes(let bytes, let width, let height) where width == size.width && height == size.height:
      bytes.withUnsafeBytes { for (place, value) in $0.enumerated() { planes[place] = Float(value) } }
    case .planes(let bytes, let width, let height):
      write(try bridge.fitted(Self.raster(bytes, width, height)), to: planes)
    case .file(let path):
      write(try bridge.fitted(try raster(path).opaque), to: planes)
    }
    return score
  }

  private func raster(_ path: String) throws -> Raster {
    do throws(ImageError) {
      return try ImageDecoder.read(path: path) { interrupt.isRaised }.raster
    } catch { throw error == .stopped ? Interrupted() : error }
  }

  private static func raster(_ bytes: ByteSlice, _ width: Int, _ height: Int) -> Raster {
    var raster = Raster(width: width, height: height)
    bytes.withUnsafeBytes { source in
      for pixel in 0..<width * height {
        for channel in 0..<3 { raster.pixels[3 * pixel + channel] = source[channel * width * height + pixel] }
      }
    }
    return raster
  }

  private func write(_ raster: Raster, to planes: UnsafeMutableBufferPointer<Float>) {
    let count = raster.width * raster.height
    for channel in 0..<3 {
      for pixel in 0..<count { planes[channel * count + pixel] = Float(raster.pixels[3 * pixel + channel]) }
    }
  }
}
