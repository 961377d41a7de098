import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

/// Whole models of `Tests/Oracle/models_keras.py`.
@Suite("networks that Keras files describe")
struct KerasNetworkTests {
  private func load(
    _ file: String, classes: Int? = nil, size: ImageSize? = nil, folder: String = "models"
  ) throws -> Model {
    var options = ModelOptions()
    options.classes = classes
    options.size = size
    return try ModelLoader.model("\(SharedFiles.checkout)/Tests/Fixtures/\(folder)/\(file)", options: options)
    {
      _ throws(ModelError) in throw .option("none")
    }
  }

  /// The pictures that the script gave Keras: channels last there, behind the batch here.
  private func pictures(_ shape: Shape) -> Tensor {
    let (channels, height, width) = (shape[1], shape[2], shape[3])
    return Tensor([2, channels, height, width]) { target in
      for place in 0..<2 * channels * height * width {
        let (entry, rest) = place.quotientAndRemainder(dividingBy: channels * height * width)
        let (pixel, channel) = rest.quotientAndRemainder(dividingBy: channels)
        let number = Float(Double(place % 23) / 11 - 1)
        target[(entry * channels + channel) * height * width + pixel] = number
      }
    }
  }

  @Test(
    "give Keras' values, whichever version wrote them, for any number of entries",
    arguments: ["chain", "transfer", "kinds", "slopes", "old-chain", "old-transfer", "old-functions"],
    ["h5", "keras"])
  func values(_ name: String, _ suffix: String) throws {
    let model = try load("keras-\(name).\(suffix)")
    let network = try Network(model.graph)
    let input = pictures(model.graph[model.graph.input].shape)
    let expected = try NumPyArray.read(
      path: "\(SharedFiles.checkout)/Tests/Fixtures/models/keras-\(name).npy")
    let both = try #require(try network.forward(input)[model.graph.output])
    #expect(both.shape == Shape(expected.shape))
    #expect(relativeError(both.values, Array(expected.floats())) < 1e-5)
    for entry in 0..<2 {
      let one = try #require(try network.forward(input.entries(entry..<entry + 1))[model.graph.output])
      #expect(relativeError(one.values, both.entries(entry..<entry + 1).values) < 1e-6)
    }
  }

  @Test(
    "layers have Keras' names, networks inside give theirs to what they end with, a second call gets a number"
  )
  func names() throws {
    let graph = try load("keras-transfer.keras").graph
    for name in ["stem", "project", "sum", "shared", "shared_2", "pool", "my_head"] {
      #expect(graph.node(named: name) != nil, "\(name)")
    }
    #expect(graph.node(named: "backbone") == graph.node(named: "sum"))
    #expect(graph[try #require(graph.node(named: "project"))].operation is SiLU)
    #expect(graph[try #require(graph.node(named: "project/BiasAdd"))].operation is Convolution)
    #expect(graph[graph.output].name == "my_head" && graph[graph.logits].name == "my_head/BiasAdd")
  }

  @Test("a layer that is called twice has its weights once")
  func sharedWeights() throws {
    for file in ["keras-transfer.keras", "keras-transfer.h5"] {
      let graph = try load(file).graph
      let places = try ["shared/BiasAdd", "shared", "shared_2"].compactMap { name -> UnsafeRawPointer? in
        guard let id = graph.node(named: name), let convolution = graph[id].operation as? Convolution else {
          return nil
        }
        return try #require(convolution.weight.withValues { $0.baseAddress.map { UnsafeRawPointer($0) } })
      }
      #expect(places.count == 2 && places[0] == places[1], "\(file): \(places)")
    }
  }

  @Test("the last map of the picture is the default layer, not one whose channels were turned to the end")
  func defaultLayer() throws {
    #expect(try load("keras-transfer.h5").defaultLayerName == "shared_2")
    let turned = try load("keras-kinds.h5").graph
    let layer = turned[DefaultLayerRule.layer(of: turned).id]
    #expect(layer.shape[1] == 5, "\(layer.name) \(layer.shape)")
  }

  @Test("pictures are given as the network's first layers want them, else as is usual, and that is said")
  func preprocessing() throws {
    let scaled = try load("keras-chain.keras")
    #expect(scaled.preprocessing.divisor == 1 && scaled.preprocessing.mean == [0, 0, 0])
    #expect(scaled.origin.contains { $0.contains("the network scales pictures of 0...255 itself") })
    #expect(scaled.readsChannelsLast)
    let grey = try load("keras-old-functions.h5").preprocessing
    #expect(grey.order == .grey && grey.divisor == 255 && grey.mean == [0])
  }

  @Test("a network without a flattened map takes pictures of another size")
  func size() throws {
    let size = ImageSize(height: 10, width: 14)
    let graph = try load("keras-transfer.keras", size: size).graph
    #expect(graph[graph.input].shape == [1, 3, 10, 14])
    #expect(throws: ModelError.self) { try load("keras-chain.keras", size: size) }
  }

  @Test(
    "what cannot be read is refused with the layer and the reason",
    arguments: [
      ("lambda", "layer 'lambda' (Lambda): it is Python code"),
      ("strange", "layers of a kind that is not supported: strange>Sharpen"),
      ("two-inputs", "the network wants 2 inputs, one picture can be given"),
      ("row", "the input is 16x2, a picture is wanted"),
      (
        "misshapen",
        "layer 'conv' (Conv2D): 'kernel' has the shape [3, 3, 3, 5], its settings say [3, 3, 3, 2]"
      ),
    ])
  func refused(_ name: String, _ message: String) throws {
    let error = #expect(throws: ModelError.self) { try load("keras-\(name).h5") }
    let text = try #require(error).description
    #expect(text.contains(message), "\(text)")
  }

  @Test("a head with another number of classes is refused, not made up")
  func classes() throws {
    #expect(try load("keras-transfer.h5", classes: 4).classCount == 4)
    #expect(throws: ModelError.self) { try load("keras-transfer.h5", classes: 5) }
  }

  @Test(
    "descriptions with other numbers are read or refused, and end nothing",
    arguments: ["kinds", "old-transfer"])
  func otherNumbers(_ name: String) throws {
    let bytes = [UInt8](
      try Data(
        contentsOf: URL(fileURLWithPath: "\(SharedFiles.checkout)/Tests/Fixtures/models/keras-\(name).h5")))
    let text = Array("{\"class_name\"".utf8)
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: text) })
    let end = try #require(bytes[start...].firstIndex(of: 0))
    let digits = (start..<end).filter { (48...57).contains(bytes[$0]) }
    var refused = 0
    for seed in 0..<60 {
      var random = SeededNumbers(UInt64(seed) + 1)
      var changed = bytes
      for _ in 0...seed % 3 {
        changed[digits[Int(random.bits() % UInt64(digits.count))]] = UInt8(48 + random.bits() % 10)
      }
      let path = TemporaryFolder.file("h5")
      try Data(changed).write(to: URL(fileURLWithPath: path))
      do {
        _ = try ModelLoader.model(path) { _ throws(ModelError) in throw .option("none") }
      } catch { refused += 1 }
    }
    #expect(0 < refused && refused < 60, "\(refused) of 60 seeds")
  }
}
