import Kernel
import Testing

@Suite("JSON writing") struct JSONWriterTests {
  @Test(
    "every kind of value is written compactly",
    arguments: [
      (.null, "null"), (true, "true"), (false, "false"), (0, "0"), (10, "10"), (-5, "-5"),
      (.integer(.min), "-9223372036854775808"),
      (1.5, "1.5"), (1e100, "1e+100"), (.number(.nan), "null"), (.number(-.infinity), "null"), ([], "[]"),
      ([1, "a"], #"[1,"a"]"#),
      (["b": 1, "a": [nil]], #"{"b":1,"a":[null]}"#),
      ("a\"\\/\u{1}\n\r\t\u{7f}", #""a\"\\/\u0001\n\r\t"# + "\u{7f}\""),
      ("é😀\u{2028}", "\"é😀\u{2028}\""), ("", #""""#),
    ] as [(JSONValue, String)])
  func values(_ value: JSONValue, _ text: String) {
    #expect(JSONWriter.text(of: value) == text)
  }

  @Test("what is written reads back as it was", arguments: 0..<50)
  func roundTrip(_ seed: UInt64) throws {
    var generator = SplitMix(state: seed)
    for _ in 0..<20 {
      let value = randomValue(depth: 4, using: &generator)
      #expect(try JSONParser.parse(JSONWriter.bytes(of: value)) == value, "seed \(seed)")
    }
  }

  private func randomValue(depth: Int, using generator: inout SplitMix) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
    case 0: return .null
    case 1: return .bool(.random(using: &generator))
    case 2: return .integer(Int(truncatingIfNeeded: generator.next()))
    case 3:
      let number = Double(bitPattern: generator.next())
      return number.isFinite ? .number(number) : .number(0.1)
    case 4: return .string(randomText(using: &generator))
    case 5:
      return .array(
        (0..<Int.random(in: 0..<5, using: &generator)).map { _ in
          randomValue(depth: depth - 1, using: &generator)
        })
    default:
      var object = JSONObject()
      for _ in 0..<Int.random(in: 0..<20, using: &generator) {
        object[randomText(using: &generator)] = randomValue(depth: depth - 1, using: &generator)
      }
      return .object(object)
    }
  }

  private func randomText(using generator: inout SplitMix) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0..<12, using: &generator) {
      let value = UInt32.random(
        in: 0..<(Bool.random(using: &generator) ? 0x80 : 0x11_0000), using: &generator)
      text.append(Unicode.Scalar(value) ?? "?")
    }
    return String(text)
  }
}
