import CAMRuntime
import Foundation
import Kernel
import ModelIO
import TestSupport
import Testing

/// Each option of `train` reaches the training: a network of a few weights, whose weights afterwards tell.
@Suite("options of train") struct TrainOptionTests {
  private static let folder: String = {
    let folder = TemporaryFolder.file("cifar")
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var random = SeededGenerator(seed: 17)
    for name in (1...5).map({ "data_batch_\($0)" }) + ["test_batch"] {
      var bytes: [UInt8] = []
      for picture in 0..<12 {
        bytes.append(UInt8(picture % 3))
        for place in 0..<3072 {
          bytes.append(UInt8((place / 1024 == picture % 3 ? 150 : 60) + random.index(below: 60)))
        }
      }
      try? FileSystem.write(bytes, to: "\(folder)/\(name).bin")
    }
    return folder
  }()

  private static let network: String = {
    let path = TemporaryFolder.file("json")
    let text = """
      {"input": [1, 3, 32, 32], "nodes": [
      {"name": "conv1", "op": "conv", "in": ["input"], "cout": 4, "k": 3, "stride": 4},
      {"name": "relu1", "op": "relu", "in": ["conv1"]},
      {"name": "conv10", "op": "conv", "in": ["relu1"], "cout": 4, "k": 3},
      {"name": "relu10", "op": "relu", "in": ["conv10"]}, {"name": "gap", "op": "gap", "in": ["relu10"]},
      {"name": "flat", "op": "flatten", "in": ["gap"]}, {"name": "drop", "op": "dropout", "p": 0.2, "in": ["flat"]},
      {"name": "fc", "op": "fc", "in": ["drop"], "cout": 10}]}
      """
    try? FileSystem.write(Array(text.utf8), to: path)
    return path
  }()

  private let transcript = Transcript()

  init() {
    let outcome = transcript.run(
      "model '\(Self.network)' random=1 as tiny;\ndataset cifar10 '\(Self.folder)' as own;")
    #expect(outcome.mistakeMessage == nil)
  }

  private func trained(_ options: String, before: String = "") throws -> [String: [Float]] {
    let cell = "\(before)\ntrain tiny epochs=2 batch=18 \(options)"
    let outcome = transcript.run(cell)
    #expect(outcome.mistakeMessage == nil, "\(cell)")
    let model = try #require(transcript.session.workspace.currentIfAny(LoadedModel.self)).model
    #expect(model.trainingData == "cifar10 train")
    var found: [String: [Float]] = [:]
    for node in model.graph.nodes {
      for parameter in node.operation.parameters {
        found["\(node.name).\(parameter.name)"] = parameter.tensor.values
      }
    }
    return found
  }

  @Test(
    "an option changes what is learned",
    arguments: [
      "dropout=0.9", "average=0.9", "smoothing=0.5", "schedule=constant", "augment=colour", "lr=0.01",
      "decay=0.5", "optimizer=sgd", "seed=4", "freeze=fc",
    ])
  func changes(_ option: String) throws {
    let plain = try trained("seed=3")
    #expect(try trained(option.hasPrefix("seed") ? option : "seed=3 \(option)") != plain)
  }

  @Test(
    "without a rate, sgd begins at a tenth and adam at three thousandths; the session's seed is the training's"
  )
  func standards() throws {
    #expect(try trained("optimizer=sgd seed=3") == trained("optimizer=sgd seed=3 lr=0.1"))
    #expect(try trained("seed=3") == trained("seed=3 lr=0.003"))
    #expect(try trained("", before: "set seed=3") == trained("seed=3"))
    #expect(try trained("seed=3") != trained("", before: "set seed=4"))
  }

  @Test("a frozen layer stays, and not one whose name begins like it")
  func frozen() throws {
    let free = try trained("seed=3")
    let tuned = try trained("seed=3 freeze=conv1")
    let model = try #require(transcript.session.workspace.value(named: "tiny", as: LoadedModel.self)).model
    for node in model.graph.nodes {
      for parameter in node.operation.parameters {
        let name = "\(node.name).\(parameter.name)"
        #expect((tuned[name] == parameter.tensor.values) == (node.name == "conv1"), "\(name)")
        #expect(free[name] != parameter.tensor.values, "\(name)")
      }
    }
  }

  @Test("a tenth of the set is held out and not learned from")
  func heldOut() throws {
    #expect(transcript.run("train tiny epochs=1 batch=20 seed=3").mistakeMessage == nil)
    // 54 pictures are two whole batches of twenty.
    let bar = try #require(transcript.output.bundles.last { $0.isProgress })
    #expect(bar.plainText.contains("40/40 images"), "\(bar.plainText)")
  }

  @Test("validations are as many epochs apart as was asked for")
  func every() throws {
    for (every, count) in [(1, 4), (2, 2), (4, 1)] {
      #expect(transcript.run("train tiny epochs=4 batch=18 seed=3 every=\(every)").mistakeMessage == nil)
      let facts = transcript.output.bundles.last?.data.first { $0.type == DisplayBundle.factsType }?.content
      guard case .array(let epochs)? = facts?["epochs"] else {
        Issue.record("no epochs: \(facts.map { "\($0)" } ?? "no facts")")
        return
      }
      #expect(epochs.count { $0["validation_accuracy"]?.double != nil } == count, "every=\(every)")
    }
  }

  @Test("a shuffled network was trained on nothing")
  func shuffled() throws {
    _ = try trained("seed=3")
    #expect(transcript.run("randomize").mistakeMessage == nil)
    #expect(transcript.session.workspace.currentIfAny(LoadedModel.self)?.model.trainingData == nil)
  }
}
