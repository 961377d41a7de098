/// A JSON document as a value; object members keep the order in which they were written.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

/// Members of a JSON object in their order; a later member of the same name replaces the earlier one.
package struct JSONObject: Sendable, Hashable {
  package private(set) var members: [(key: String, value: JSONValue)] = []
  private var places: [String: Int] = [:]

  package init() {}

  package subscript(key: String) -> JSONValue? {
    get { places[key].map { members[$0].value } }
    set {
      switch (places[key], newValue) {
      case (let place?, let value?): members[place].value = value
      case (nil, let value?):
        places[key] = members.count
        members.append((key, value))
      case (let place?, nil):
        members.remove(at: place)
        places = Dictionary(uniqueKeysWithValues: members.enumerated().map { ($1.key, $0) })
      case (nil, nil): break
      }
    }
  }

  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.places.count == right.places.count && left.members.allSatisfy { right[$0.key] == $0.value }
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(places.count) }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (key, value) in elements { object[key] = value }
    self = .object(object)
  }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(nilLiteral: ()) { self = .null }
}

extension JSONValue {
  /// The member of an object; nil where this is no object or has no such member.
  package subscript(key: String) -> JSONValue? {
    if case .object(let object) = self { object[key] } else { nil }
  }
}
