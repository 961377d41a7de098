import Display
import Testing

private struct ResizeOracle: Decodable {
  struct Case: Decodable {
    let filter: String
    let width: Int
    let height: Int
    let crc: UInt32
    let first: [UInt8]
  }
  struct Field: Decodable {
    let filter: String
    let width: Int
    let height: Int
    let values: [Float]
  }
  let cases: [Case]
  let field: [Float]
  let planes: [Field]
}

@Suite("resizing") struct ResamplingOracleTests {
  @Test("pictures are resized to Pillow's bytes")
  func pillow() throws {
    let oracle = try DisplayFixtures.decoded("resize.json", as: ResizeOracle.self)
    let picture = try ImageDecoder.read(path: DisplayFixtures.path("resize.png")).raster
    #expect(oracle.cases.count == 42)
    for item in oracle.cases {
      let filter = try #require(ImageFilter(rawValue: item.filter))
      let found = picture.resized(width: item.width, height: item.height, filter: filter)
      #expect(
        Array(found.pixels.prefix(item.first.count)) == item.first,
        "\(item.filter) \(item.width)x\(item.height)")
      #expect(crc32(found.pixels) == item.crc, "\(item.filter) \(item.width)x\(item.height)")
    }
  }

  @Test("a part of a resized picture is what cutting it out gives", arguments: ImageFilter.allCases)
  func parts(filter: ImageFilter) throws {
    let picture = try ImageDecoder.read(path: DisplayFixtures.path("resize.png")).raster
    let (width, height) = (picture.width, picture.height)
    let sizes = [
      (width, height), (2 * width, height), (width, height / 2), (width / 2, 2 * height), (40, 7), (7, 40),
      (1, 1),
    ]
    for (width, height) in sizes {
      let whole = picture.resized(width: width, height: height, filter: filter)
      for (columns, rows) in [
        (0..<width, 0..<height), (width / 3..<width, 0..<height), (0..<width, height / 2..<height),
        (width / 4..<width / 4 + 1, height / 5..<height / 5 + 1), (0..<(width + 1) / 2, height / 3..<height),
      ] {
        let part = picture.resized(
          width: width, height: height, filter: filter, columns: columns, rows: rows)
        let cut = whole.cropped(
          x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
        #expect(part == cut, "\(width)x\(height): \(columns), \(rows)")
      }
    }
  }

  @Test("fields are resized to PyTorch's numbers")
  func torch() throws {
    let oracle = try DisplayFixtures.decoded("resize.json", as: ResizeOracle.self)
    let field = Plane(width: 7, height: 5, values: oracle.field)
    #expect(oracle.planes.count == 16)
    for item in oracle.planes {
      let filter = try #require(PlaneFilter(rawValue: item.filter))
      let found = field.resized(width: item.width, height: item.height, filter: filter)
      for (found, wanted) in zip(found.values, item.values) {
        #expect(
          abs(found - wanted) < 2e-6 * max(1, abs(wanted)), "\(item.filter) \(item.width)x\(item.height)")
      }
    }
  }

  private func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
