import CAMRuntime
import Display
import Foundation
import Kernel
import TestSupport
import Testing

@Suite("overlay= draws heat as a blend, a mask or contours") struct OverlayCommandTests {
  private let transcript = Transcript()
  private let photo: Raster

  init() throws {
    var random = SeededGenerator(seed: 8)
    let path = TemporaryFolder.file("png")
    photo = Raster(
      width: 32, height: 32, pixels: (0..<32 * 32 * 3).map { _ in UInt8(64 + random.index(below: 128)) })
    try PNGEncoder.write(photo, to: path)
    run("model resnet9-cifar random=3;\nimage '\(path)';")
  }

  private func run(_ cell: String) {
    let outcome = transcript.run(cell)
    #expect(outcome.mistakeCode == nil, "\(cell): \(outcome.mistakeMessage ?? "")")
  }

  private func overlay(_ name: String = "last") throws -> Raster {
    let value = try #require(transcript.session.workspace.value(named: name) as? any SavableValue)
    guard case .picture(let picture) = try value.part("overlay", with: transcript.session.settings) else {
      throw CocoaError(.coderInvalidValue)
    }
    return picture
  }

  /// The heat as it is drawn, 0 to 1, at a picture's size.
  private func heat(_ name: String, _ size: Raster, signed: Bool = false) throws -> Plane {
    let result = try #require(transcript.session.workspace.value(named: name, as: ExplanationResult.self))
    let map = result.items[0].explanation
    let shown =
      signed
      ? map.signedMap.resized(height: size.height, width: size.width)
      : map.shown(height: size.height, width: size.width)
    let plane = Plane(width: shown.width, height: shown.height, values: shown.values)
    return signed ? plane.balanced : plane
  }

  @Test("a mask leaves the picture where the heat reaches the level, and darkens it elsewhere")
  func mask() throws {
    run(
      "grad-cam alpha=0 as bare;\ngrad-cam overlay=mask as half;\ngrad-cam overlay=mask level=0.8 alpha=0.5 as high;"
    )
    let bare = try overlay("bare").opaque
    for (name, level, rest) in [("half", 0.5, 0.15), ("high", 0.8, 0.5)] as [(String, Float, Float)] {
      let found = try overlay(name)
      let heat = try heat(name, found)
      let inside = heat.values.count { $0 >= level }
      #expect(inside > 0 && inside < heat.values.count)
      let wanted = bare.pixels.enumerated().map { index, byte in
        heat.values[index / 3] >= level ? byte : UInt8(Float(byte) * rest)
      }
      let furthest = zip(found.pixels, wanted).map { abs(Int($0) - Int($1)) }.max()
      #expect(furthest.map { $0 <= 1 } == true, "\(name): \(furthest ?? -1)")
    }
  }

  @Test("of both signs a mask shows what is far from nothing, whichever way")
  func signedMask() throws {
    run("grad-cam alpha=0 as bare;")
    let bare = try overlay("bare").opaque
    // A class for and against which something speaks.
    let number = try #require(
      try (0..<10).first { number in
        run("grad-cam class=\(number) signed=yes overlay=mask as both;")
        let values = try self.heat("both", bare, signed: true).values
        return values.contains { $0 < 0.2 } && values.contains { $0 > 0.3 && $0 < 0.7 }
      }, "no class has a map of both signs")
    run("grad-cam class=\(number) signed=yes overlay=mask as both;")
    let found = try overlay("both")
    let heat = try self.heat("both", found, signed: true)
    let differing = heat.values.indices.filter { index in
      let isShown = found.pixels[3 * index] == bare.pixels[3 * index]
      // Nearer than rounding nobody can say.
      return abs(abs(2 * heat.values[index] - 1) - 0.5) > 1e-5
        && isShown != (abs(2 * heat.values[index] - 1) >= 0.5)
    }
    #expect(differing.isEmpty)
  }

  @Test("contours touch the picture only near their levels, one line for each level and side")
  func contours() throws {
    run(
      "grad-cam alpha=0 as bare;\ngrad-cam overlay=contours level=0.4 as one;\ngrad-cam overlay=contours as three;"
    )
    let bare = try overlay("bare").opaque
    func touched(_ name: String) throws -> [Int] {
      let found = try overlay(name)
      return (0..<bare.width * bare.height).filter {
        found.pixels[3 * $0..<3 * $0 + 3] != bare.pixels[3 * $0..<3 * $0 + 3]
      }
    }
    let one = try touched("one")
    let heat = try heat("one", bare)
    #expect(!one.isEmpty && one.count < bare.width * bare.height / 4)
    // The heat near a touched place lies on both sides of the level.
    for index in one {
      let (x, y) = (index % bare.width, index / bare.width)
      let near = (-5...5).flatMap { down in
        (-5...5).compactMap { along -> Float? in
          let (column, row) = (x + along, y + down)
          return (0..<bare.width).contains(column) && (0..<bare.height).contains(row)
            ? heat[column, row] : nil
        }
      }
      #expect(near.contains { $0 >= 0.4 } && near.contains { $0 < 0.4 })
    }
    #expect(try touched("three").count > one.count)
    run(
      "grad-cam overlay=contours level=0.25,0.5,0.75 as same;\ngrad-cam signed=yes overlay=contours level=0.3 as both;"
    )
    #expect(try overlay("same") == overlay("three"))
    #expect(try !touched("both").isEmpty)
  }

  @Test("the setting is for all that says nothing else; a kept look can be changed and kept again")
  func settings() throws {
    run("grad-cam as a;\ngrad-cam overlay=contours as lines;\nset overlay=contours;")
    #expect(try overlay("a") == overlay("lines"))
    run("grad-cam overlay=blend as b;\nset overlay=blend;")
    #expect(try overlay("a") == overlay("b"))
    run("show a overlay=contours as c;\nshow c overlay=blend as d;\nshow lines as e")
    #expect(try overlay("c") == overlay("lines") && overlay("d") == overlay("a"))
    #expect(try overlay("e") == overlay("lines"))
    // Levels and strength go with the way of drawing that they were said for.
    run("grad-cam overlay=mask level=0.8 alpha=0.5 as m;\nshow m overlay=contours as n;")
    #expect(try overlay("n") == overlay("lines"))
    // What was shown without a name is not the last result.
    run("classify as k;\nshow a overlay=mask")
    #expect(transcript.session.workspace.last is any FigureValue)
  }

  @Test("every verb with heat knows it, and a reference work's own drawing gives way")
  func verbs() throws {
    func picture(_ cell: String) throws -> Raster {
      run(cell)
      let data = try #require(transcript.output.bundles.last?.data.first { $0.type == "image/png" })
      return try ImageDecoder.read(try #require(data.content.string.flatMap(Base64.bytes))).raster
    }
    run("grad-cam as x;\nlayer-cam as y;\ndiff x y as d;\nablate top=2 as u;")
    for cell in [
      "show x", "show d", "show u", "figure x y", "guided-backprop", "compare grad-cam eigen-cam",
      "sweep grad-cam",
    ] {
      let drawn = try ["", " overlay=mask", " overlay=contours", " overlay=contours level=0.1"].map {
        try picture(cell + $0)
      }
      for (first, second) in [(0, 1), (0, 2), (1, 2), (2, 3)] where drawn[first] == drawn[second] {
        Issue.record("\(cell): \(first) and \(second) are drawn alike")
      }
    }
    run("grad-cam compat=002 as own;\ngrad-cam compat=002 overlay=contours as lines;")
    #expect(try overlay("own") != overlay("lines"))
    run("save lines '\(TemporaryFolder.file("png"))' what=heatmap")
  }

  @Test("what contradicts itself is refused before anything is computed, at the option")
  func refused() {
    run("grad-cam as x;\nclassify as k;\ngrad-cam overlay=mask as m;")
    for (cell, blamed) in [
      "grad-cam level=0.5": "0.5", "grad-cam overlay=blend level=0.5": "0.5", "show x level=0.4": "0.4",
      "grad-cam overlay=mask level=0.2,0.5": "0.2,0.5", "grad-cam overlay=mask colormap=bone": "bone",
      "grad-cam overlay=mask colorbar=yes": "yes", "show m colorbar=yes": "yes",
      "show k overlay=mask": "mask",
      "compare grad-cam eigen-cam level=0.5": "0.5", "ablate overlay=mask level=0.1,0.9": "0.1,0.9",
      "show x what=heatmap overlay=mask": "mask", "show x what=weights alpha=1": "1",
      "figure x level=0.3": "0.3",
    ] {
      guard case .mistake(let code, _, let lines) = transcript.run(cell).ending else {
        Issue.record("\(cell) is no mistake")
        continue
      }
      let plain = lines.joined(separator: "\n").replacing(/\u{1B}\[[0-9;]*m/, with: "").split(separator: "\n")
      let carets = plain.first { $0.contains("^") } ?? ""
      let place = zip(plain.dropFirst().first ?? "", carets).filter { $1 == "^" }.map { $0.0 }
      #expect(code == "unfit-option" && String(place) == blamed, "\(cell): \(plain)")
    }
    #expect(transcript.run("grad-cam overlay=mask level=1.2").mistakeCode == "bad-value")
    #expect(transcript.run("grad-cam overlay=masks").mistakeCode == "bad-value")
  }

  @Test("what=weights counts the numbers of a part; its figure can be kept and saved")
  func histogram() throws {
    run("grad-cam as x;\nshow x what=weights as h")
    let facts = try #require(
      transcript.output.bundles.last?.data.first { $0.type == DisplayBundle.factsType }?.content)
    let result = try #require(transcript.session.workspace.value(named: "x", as: ExplanationResult.self))
    let weights = try #require(result.items[0].explanation.weights)
    #expect(facts["shape"] == [.integer(weights.count)] && facts["what"] == "weights")
    #expect(facts["min"] == .number(Double(try #require(weights.min()))))
    #expect(facts["max"] == .number(Double(try #require(weights.max()))))
    #expect(facts["zeros"] == .integer(weights.count { $0 == 0 }))
    let mean = weights.reduce(0) { $0 + Double($1) } / Double(weights.count)
    #expect(facts["mean"]?.double.map { abs($0 - mean) < 1e-9 } == true)
    let path = TemporaryFolder.file("svg")
    run("save h '\(path)'\nfigure x h")
    #expect(try String(contentsOfFile: path, encoding: .utf8).contains("<svg"))
    run(
      "show x what=map;\nshow x what=logits;\nshow x what=activations;\nguided-backprop as g;\nshow g what=gradient;"
    )
    for (cell, code) in [
      ("show x what=gradient", "no-such-part"), ("show g what=weights", "no-such-part"),
      ("show x what=model", "bad-value"),
      ("classify as k;\nshow k what=weights", "no-such-part"),
    ] {
      #expect(transcript.run(cell).mistakeCode == code, "\(cell)")
    }
  }
}
