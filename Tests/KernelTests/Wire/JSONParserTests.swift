import Foundation
import Kernel
import Testing

@Suite("JSON parsing") struct JSONParserTests {
  @Test(
    "every kind of value is read",
    arguments: [
      (" null ", .null), ("true", true), ("false", false), ("0", 0), ("-0", .number(-0.0)), ("42", 42),
      ("-17", -17),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(9223372036854775808)), ("1.5", 1.5), ("2e3", 2000.0),
      ("-1.25E-2", -0.0125),
      ("[]", []), ("{}", [:]), ("[1, [2], {\"a\": 3}]", [1, [2], ["a": 3]]), ("\"\"", ""),
      (#""a\"b\\c\/d\b\f\n\r\t""#, "a\"b\\c/d\u{8}\u{c}\n\r\t"),
      (#""\u0041\u00e9\u20AC""#, "A\u{e9}\u{20ac}"),
      (#""\ud83d\ude00!""#, "\u{1F600}!"), ("\"\u{1F600}\u{e9}\"", "\u{1F600}\u{e9}"), (#""\u0000""#, "\0"),
    ] as [(String, JSONValue)])
  func values(_ text: String, _ expected: JSONValue) throws {
    #expect(try JSONParser.parse(text) == expected)
  }

  @Test(
    "half of a surrogate pair reads as the replacement character",
    arguments: [
      (#""\ud83d""#, "\u{FFFD}"), (#""\ud83dx""#, "\u{FFFD}x"), (#""\ude00a""#, "\u{FFFD}a"),
      (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}\u{1F600}"),
      (#""\ud83d\n""#, "\u{FFFD}\n"),
    ])
  func loneSurrogates(_ text: String, _ expected: String) throws {
    #expect(try JSONParser.parse(text).string == expected)
  }

  @Test(
    "a malformed document is refused at its byte",
    arguments: [
      ("", .unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("{", .unexpectedEnd, 1),
      ("[1,", .unexpectedEnd, 3),
      ("[1,]", .unexpectedByte(0x5D), 3), ("{\"a\":1,}", .unexpectedByte(0x7D), 7),
      ("{a:1}", .unexpectedByte(0x61), 1),
      ("{\"a\" 1}", .unexpectedByte(0x31), 5), ("[1 2]", .unexpectedByte(0x32), 3),
      ("nul", .unexpectedEnd, 3),
      ("nulL", .unexpectedByte(0x4C), 3), ("1 1", .trailingBytes, 2), ("\"a", .unexpectedEnd, 2),
      ("\"a\nb\"", .controlCharacterInString, 2), (#""\x""#, .unknownEscape(0x78), 2),
      (#""\u12g4""#, .unexpectedByte(0x67), 5),
      ("01", .malformedNumber, 0), ("-", .malformedNumber, 0), ("1.", .malformedNumber, 0),
      ("1.e3", .malformedNumber, 0),
      ("1e", .malformedNumber, 0), ("+1", .unexpectedByte(0x2B), 0), (".5", .unexpectedByte(0x2E), 0),
      ("1e999", .numberOutOfRange, 0), ("NaN", .unexpectedByte(0x4E), 0),
      ("Infinity", .unexpectedByte(0x49), 0),
      ("\u{FEFF}1", .unexpectedByte(0xEF), 0),
    ] as [(String, JSONError.Cause, Int)])
  func malformed(_ text: String, _ cause: JSONError.Cause, _ offset: Int) {
    #expect(throws: JSONError(cause, at: offset)) { try JSONParser.parse(text) }
  }

  @Test(
    "text that is not UTF-8 is refused",
    arguments: [
      [0x80], [0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
      [0xF8, 0x88, 0x80, 0x80, 0x80],
    ] as [[UInt8]])
  func invalidUTF8(_ bytes: [UInt8]) {
    #expect(throws: JSONError(.invalidUTF8, at: 1)) { try JSONParser.parse([0x22] + bytes + [0x22]) }
    #expect(throws: JSONError(.invalidUTF8, at: 1)) {
      try JSONParser.parse([0x22, 0x5C, 0x6E] + bytes + [0x22])
    }
  }

  @Test("depth and size are limited")
  func limits() throws {
    let limits = JSONParser.Limits(depth: 3, bytes: 20)
    #expect(try JSONParser.parse("[[[1]]]", limits: limits) == [[[1]]])
    #expect(throws: JSONError(.tooDeep(limit: 3), at: 3)) {
      try JSONParser.parse("[[[[1]]]]", limits: limits)
    }
    #expect(try JSONParser.parse("[[],[],{},[[]]]", limits: limits) == [[], [], [:], [[]]])
    #expect(throws: JSONError(.tooLong(limit: 20), at: 20)) {
      try JSONParser.parse(String(repeating: " ", count: 21), limits: limits)
    }
    #expect(throws: JSONError(.tooDeep(limit: 128), at: 128)) {
      try JSONParser.parse(String(repeating: "[", count: 1_000_000))
    }
  }

  @Test("a later member of the same name replaces the earlier one")
  func duplicates() throws {
    #expect(try JSONParser.parse(#"{"a":1,"b":2,"a":3}"#) == ["a": 3, "b": 2])
  }

  @Test("objects of any size find, replace and remove their members", arguments: [1, 12, 13, 14, 200])
  func objects(_ count: Int) throws {
    var object = JSONObject()
    for index in 0..<count { object["key\(index)"] = .integer(index) }
    object["key0"] = "first"
    #expect(object.count == count)
    #expect(object["key0"] == "first")
    #expect(object["key\(count)"] == nil)
    object["key\(count - 1)"] = nil
    #expect(object["key\(count - 1)"] == nil)
    object["new"] = true
    #expect(object.members.last?.key == "new")
    #expect(object.count == count)
    for index in 1..<max(1, count - 1) { #expect(object["key\(index)"] == .integer(index)) }
  }

  @Test("damaged documents are judged as Foundation judges them")
  func mutations() throws {
    let seed = UInt64.random(in: .min ... .max)
    var generator = SplitMix(state: seed)
    let original = Array(#"{"a":[1,-2.5e3,true,null,"x\n\u00e9"],"b":{"c":"é😀","d":[{},[]]}}"#.utf8)
    for _ in 0..<4000 {
      var bytes = original
      for _ in 0...Int.random(in: 0..<3, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0:
          bytes[place] = Array("{}[],:\"\\0-1.e5tfnu\u{7f} \t".utf8).randomElement(using: &generator) ?? 0
        case 1: bytes.remove(at: place)
        default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &generator)], at: place)
        }
      }
      let ours = Result { try JSONParser.parse(bytes) }
      let text = String(decoding: bytes, as: UTF8.self)
      guard String(validating: bytes, as: UTF8.self) != nil else {
        #expect(throws: JSONError.self, "seed \(seed): \(bytes)") { try ours.get() }
        continue
      }
      // Foundation takes a comma before a closing bracket and refuses lone surrogates; RFC 8259 says otherwise.
      let foundationDiffers = text.contains(/,\s*[}\]]/) || text.contains("\\ud")
      if !foundationDiffers {
        let theirs = Result {
          try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        }
        #expect(((try? ours.get()) == nil) == ((try? theirs.get()) == nil), "seed \(seed): \(text)")
      }
    }
  }
}

struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
