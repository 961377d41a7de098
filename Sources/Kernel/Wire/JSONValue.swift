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
  /// Where each member stands; kept only for objects that are too large to look through one by one.
  private var places: [String: Int] = [:]

  private static let largestWithoutPlaces = 12

  package init() {}

  package var isEmpty: Bool { members.isEmpty }
  package var count: Int { members.count }

  package subscript(key: String) -> JSONValue? {
    get { place(of: key).map { members[$0].value } }
    set {
      switch (place(of: key), newValue) {
      case (let place?, let value?): members[place].value = value
      case (nil, let value?): append(key, value)
      case (let place?, nil):
        members.remove(at: place)
        places = [:]
        if members.count > Self.largestWithoutPlaces { indexAll() }
      case (nil, nil): break
      }
    }
  }

  private func place(of key: String) -> Int? {
    members.count > Self.largestWithoutPlaces ? places[key] : members.firstIndex { $0.key == key }
  }

  private mutating func append(_ key: String, _ value: JSONValue) {
    members.append((key, value))
    if places.isEmpty {
      if members.count > Self.largestWithoutPlaces { indexAll() }
    } else {
      places[key] = members.count - 1
    }
  }

  private mutating func indexAll() {
    for (place, member) in members.enumerated() { places[member.key] = place }
  }

  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.count == right.count && left.members.allSatisfy { right[$0.key] == $0.value }
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(members.count) }
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
