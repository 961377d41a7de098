import Kernel
import TestSupport
import Testing

@Suite("what `model` warns of")
struct ModelWarningTests {
  private let models = "\(SharedFiles.checkout)/Tests/Fixtures/models"

  @Test("a file exported in training mode is taken, with the mask and its seed named")
  func trainingDropout() throws {
    let transcript = Transcript()
    #expect(transcript.run("model '\(models)/training-dropout.onnx'").mistakeMessage == nil)
    let text = try #require(transcript.lastResult)
    #expect(
      text.contains(
        "warning  dropout is in training mode in 'drop': a fixed mask of seed 3 is applied; export in evaluation mode for real scores"
      ))
    let bundle = try #require(transcript.output.bundles.last)
    let facts = try #require(bundle.data.first { $0.type == DisplayBundle.factsType }?.content.object)
    #expect(facts["warnings"]?.array?.count == 1)
  }

  @Test("of a file in evaluation mode there is nothing to warn of")
  func evaluation() throws {
    let transcript = Transcript()
    #expect(transcript.run("model '\(models)/shape-chain.onnx'").mistakeMessage == nil)
    #expect(try #require(transcript.lastResult).contains("warning") == false)
  }

  @Test("weights that are of no built-in network are refused with what makes them one")
  func weightsAlone() throws {
    let transcript = Transcript()
    let file = "\(SharedFiles.checkout)/Tests/Fixtures/modelio/net.expected.safetensors"
    guard case .mistake(let code, _, let lines) = transcript.run("model '\(file)'").ending else {
      Issue.record("it was taken")
      return
    }
    #expect(code == "wrong-weights")
    #expect(
      lines.joined().contains(
        "export the network as ONNX (Keras: save the whole model), or describe it in JSON (docs/manifest.md): `model net.json weights=\(file)`"
      ))
  }
}
