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
}
