import Kernel
import Testing

@Suite("numbers as text") struct NumberTextTests {
  @Test(
    "significant digits, also far from one",
    arguments: [
      (0.0, "0"), (98, "98"), (0.03125, "0.0313"), (1234.5, "1235"), (5.259789e-6, "5.26e-06"),
      (-1.5e20, "-1.5e+20"),
      (9.9996e-7, "1e-06"),
    ])
  func significant(_ value: Double, _ text: String) {
    #expect(NumberText.text(value, significant: value == 1234.5 ? 4 : 3) == text)
  }

  @Test(
    "a probability loses neither what it has near zero nor what it lacks near one",
    arguments: [
      (0, "0%"), (1e-30, "<0.01%"), (0.000_099, "<0.01%"), (0.0001, "0.01%"), (0.000_312, "0.031%"),
      (0.005_26, "0.53%"), (0.009_949, "0.99%"), (0.009_951, "1.0%"), (0.392_4, "39.2%"), (0.999_4, "99.9%"),
      (0.999_7, "99.97%"), (0.999_89, "99.99%"), (0.999_95, ">99.99%"), (1 - 1e-12, ">99.99%"), (1, "100%"),
      (.nan, "nan%"),
    ] as [(Double, String)])
  func probability(_ value: Double, _ text: String) {
    #expect(ProbabilityText.text(value) == text)
  }

  @Test("every rounded probability stands on its side of what it is said to be")
  func probabilityBounds() {
    var last = -1.0
    for step in 0...20_000 {
      let probability = Double(step) / 20_000
      let text = ProbabilityText.text(probability)
      let number = text.dropLast().drop { "<>".contains($0) }
      guard let percent = Double(number) else {
        Issue.record("\(text)")
        return
      }
      #expect(
        (percent == 0) == (step == 0) && (percent == 100) == (step == 20_000), "\(probability): \(text)")
      #expect(percent >= last && abs(percent - probability * 100) < 0.0501, "\(probability): \(text)")
      last = percent
    }
  }
}
