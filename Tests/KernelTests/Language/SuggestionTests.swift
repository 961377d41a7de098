import Kernel
import Testing

@Suite("Suggestion") struct SuggestionTests {
  @Test(
    "names what was probably meant",
    arguments: [
      ("grad-cma", "grad-cam"), ("layer5", "layer4"), ("conv55", "conv5_5"), ("ALPAH", "alpha"),
      ("colourmap", "colormap"),
      ("sett", "set"), ("ablation", "ablation-cam"),
    ])
  func nearest(word: String, meant: String) {
    let known = [
      "ablation-cam", "grad-cam", "grad-cam++", "layer1", "layer2", "layer3", "layer4", "conv5_5", "alpha",
      "colormap", "set",
    ]
    #expect(Suggestion.nearest(to: word, among: known) == meant)
  }

  @Test(
    "finds paths by one of their parts",
    arguments: [
      ("relu_last", "/relu_last/Relu"), ("relu_lst", "/relu_last/Relu"), ("conv2", "layer4.1.conv2"),
      ("/stem/Rely", "/stem/Relu"),
    ])
  func paths(word: String, meant: String) {
    let known = ["/stem/Relu", "/relu_last/Relu", "/relu_last/Relu_output_0", "layer4.1.conv2"]
    #expect(Suggestion.nearestPath(to: word, among: known) == meant)
    #expect(Suggestion.nearestPath(to: "zebra", among: known) == nil)
  }

  @Test("stays silent where nothing is near")
  func silent() {
    #expect(Suggestion.nearest(to: "zebra", among: ["alpha", "colormap"]) == nil)
    #expect(Suggestion.nearest(to: "", among: ["a"]) == nil)
    #expect(Suggestion.nearest(to: "a", among: []) == nil)
  }

  @Test(
    "counts edits as optimal string alignment does",
    arguments: [
      ("", "abc", 3), ("kitten", "sitting", 3), ("ca", "abc", 3), ("ab", "ba", 1), ("same", "same", 0),
    ])
  func edits(left: String, right: String, count: Int) {
    #expect(Suggestion.distance(Array(left.unicodeScalars), Array(right.unicodeScalars)) == count)
  }
}
