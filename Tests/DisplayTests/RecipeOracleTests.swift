import Display
import Testing

private struct RecipeOracle: Decodable {
  struct Map: Decodable {
    let name: String
    let width: Int
    let height: Int
    let values: [Float]
    let halves: [Int]
    let added: [Int]
    let addedFaintly: [Int]
    let wrapped: [Int]

    enum CodingKeys: String, CodingKey {
      case name, width, height, values
      case halves = "002"
      case added = "003"
      case addedFaintly = "003at0.4"
      case wrapped = "004"
    }
  }
  struct Linear: Decodable {
    let width: Int
    let height: Int
    let channels: Int
    let pixels: [UInt8]
    let newWidth: Int
    let newHeight: Int
    let result: [UInt8]
  }
  let photo: [UInt8]
  let maps: [Map]
  let linear: [Linear]
}

@Suite("recipes of the reference works") struct RecipeOracleTests {
  @Test("each recipe draws what the work's own formula draws, to one step")
  func recipes() throws {
    let oracle = try DisplayFixtures.decoded("recipes.json", as: RecipeOracle.self)
    let photo = Raster(width: 31, height: 23, pixels: oracle.photo)
    #expect(oracle.maps.count == 4)
    for map in oracle.maps {
      let plane = Plane(width: map.width, height: map.height, values: map.values)
      let rectified = Plane(width: map.width, height: map.height, values: map.values.map { max($0, 0) })
      expectSame(ReferenceRecipe.twoHalves.overlay(photo, rectified), map.halves, "002 \(map.name)")
      expectSame(ReferenceRecipe.addedJet.overlay(photo, plane), map.added, "003 \(map.name)")
      expectSame(
        ReferenceRecipe.addedJet.overlay(photo, plane, alpha: 0.4), map.addedFaintly, "003 faint \(map.name)")
      expectSame(ReferenceRecipe.wrappedBytes.overlay(photo, plane), map.wrapped, "004 \(map.name)")
    }
  }

  @Test("bytes wrap as NumPy's cast does")
  func wrap() {
    let map = Plane(width: 6, height: 1, values: [1.5, 2.0, 12.7, 1, 0.5, -.infinity])
    #expect(ReferenceRecipe.wrappedBytes(of: map) == [126, 254, 166, 255, 127, 0])
  }

  @Test("bilinear on bytes equals OpenCV's to the byte")
  func openCV() throws {
    let oracle = try DisplayFixtures.decoded("recipes.json", as: RecipeOracle.self)
    #expect(oracle.linear.count == 6)
    for item in oracle.linear {
      let found = OpenCVResize.linear(
        item.pixels, size: (item.width, item.height), channels: item.channels,
        to: (item.newWidth, item.newHeight))
      let isEqual = found == item.result
      #expect(isEqual, "\(item.width)x\(item.height) to \(item.newWidth)x\(item.newHeight)")
    }
  }

  private func expectSame(_ found: Raster, _ wanted: [Int], _ what: String) {
    let distances = zip(found.pixels, wanted).map { abs(Int($0) - $1) }
    #expect(
      distances.count == wanted.count && (distances.max() ?? 0) <= 1, "\(what): \(distances.max() ?? -1)")
  }
}
