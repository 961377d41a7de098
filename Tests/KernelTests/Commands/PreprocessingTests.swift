import CAMRuntime
import Display
import Foundation
import Kernel
import ModelIO
import TestSupport
import Testing

@Suite("pictures as networks get them", .enabled(if: SharedFiles.isPresent))
struct PreprocessingTests {
  @Test(
    "EfficientNet-Lite0's is the reference's to the byte, and its values to 1e-6",
    arguments: [
      ("chelsea", "photo_chelsea.png"), ("coffee", "photo_coffee.png"), ("rocket", "photo_rocket.jpg"),
    ])
  func lite0(_ name: String, _ file: String) throws {
    let golden = try WeightFormatCatalog.read(path: SharedFiles.golden("lite0_\(name).golden.safetensors"))
    let picture = try ImageDecoder.read(path: SharedFiles.golden(file)).raster
    let raster = TensorRaster(.efficientNetLite())
    let bytes = try #require(golden["rgb224"]).integers()
    #expect(try raster.fitted(picture).pixels.map(Int.init) == bytes)
    let input = try raster.input(of: picture)
    let expected = Array(try #require(golden["input"]).floats())
    #expect(input.shape == [1, 3, 224, 224])
    #expect(zip(input.values, expected).allSatisfy { abs($0 - $1) <= 1e-6 })
  }

  /// Rows of `Tests/Oracle/preprocessing.py`: photograph, rule, size, checksum.
  static let rows: [[String]] = {
    let path = SharedFiles.checkout + "/Tests/Fixtures/models/preprocessing.tsv"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
  }()

  static let rules: [String: Preprocessing] = [
    "torchvision-224": .torchvision(),
    "torchvision-299": .halves(299, fit: .shorterSide(342), filter: .bilinear),
    "timm-299": .halves(299, fit: .shorterSide(333), filter: .bicubic),
    "keras-224": .kerasCaffe(224), "keras-299": .kerasTF(299),
  ]

  @Test("torchvision's, timm's and Keras' resizing and cutting agree to the byte")
  func others() throws {
    #expect(Self.rows.count == 15)
    for row in Self.rows {
      let rule = try #require(Self.rules[row[1]])
      let picture = try ImageDecoder.read(path: SharedFiles.golden(row[0])).raster
      let fitted = try TensorRaster(rule).fitted(picture)
      #expect(fitted.width == Int(row[2]))
      #expect(checksum(fitted.pixels) == UInt32(row[3]), "\(row[0]) \(row[1])")
    }
  }

  @Test("of a long strip only the middle is made, which is all that fits in memory")
  func strips() throws {
    for (width, height) in [(200_000, 2), (2, 200_000)] {
      var strip = Raster(width: width, height: height, color: (9, 9, 9))
      for row in max(0, height / 2 - 3)..<min(height, height / 2 + 3) {
        for column in max(0, width / 2 - 3)..<min(width, width / 2 + 3) {
          for channel in 0..<3 { strip.pixels[3 * (row * width + column) + channel] = 200 }
        }
      }
      let raster = TensorRaster(.torchvision())
      for part in [try raster.fitted(strip), raster.view(of: strip)] {
        #expect(part.width == part.height && part.pixels.allSatisfy { $0 == 200 || $0 == 9 })
        #expect(part.pixels[part.pixels.count / 2] == 200)
      }
    }
  }

  @Test("Keras' modes scale and order channels as Keras does")
  func modes() throws {
    let picture = Raster(width: 224, height: 224, color: (10, 20, 250))
    let caffe = try TensorRaster(.kerasCaffe(224)).input(of: picture).values
    #expect(abs(caffe[0] - (250 - 103.939)) < 1e-4 && abs(caffe[2 * 224 * 224] - (10 - 123.68)) < 1e-4)
    let small = Raster(width: 299, height: 299, color: (0, 255, 51))
    let tf = try TensorRaster(.kerasTF(299)).input(of: small).values
    #expect(tf[0] == -1 && tf[299 * 299] == 1)
    let grey = Preprocessing(
      size: ImageSize(square: 224), fit: .stretch, filter: .nearest, order: .grey, mean: [0], deviation: [1])
    // ITU-R 601 luminance of the first colour in Pillow's integers.
    #expect(try TensorRaster(grey).input(of: picture).values[0] == 43.0 / 255)
  }

  /// CRC-32 as zlib computes it.
  private func checksum(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xffff_ffff
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
