/// A JSON text as a value; members keep their order.
///
/// Small and strict: headers of weight files only.
package indirect enum JSONDocument: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONDocument])
  case object([Member])

  /// A name and its value.
  package struct Member: Sendable, Equatable {
    package let name: String
    package let value: JSONDocument
  }

  /// The member of an object; nil where this is no object or has no such member.
  package subscript(name: String) -> JSONDocument? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  package var string: String? { if case .string(let text) = self { text } else { nil } }
  package var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  package var array: [JSONDocument]? { if case .array(let values) = self { values } else { nil } }
  package var members: [Member]? { if case .object(let members) = self { members } else { nil } }

  /// Where a text begins: behind the byte order mark that some editors put in front.
  package static func start(of bytes: ByteSlice) -> Int {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return bytes.starts(with: mark) ? mark.count : 0
  }

  /// Parses all of `bytes`, which must hold one document.
  package init(parsing bytes: ByteSlice, budget: inout MemoryBudget) throws(FormatError) {
    var parser = JSONParser(bytes.dropFirst(Self.start(of: bytes)) ?? bytes, budget: budget)
    self = try parser.document()
    budget = parser.budget
  }

  /// `text` with the characters escaped that a JSON string may not hold.
  package static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
