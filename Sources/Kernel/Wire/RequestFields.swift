/// Reads the fields of a request by name and type, and says which one is wrong.
package struct RequestFields {
  private let request: String
  private let object: JSONObject

  package init(of request: String, _ object: JSONObject) {
    self.request = request
    self.object = object
  }

  /// A field that must be there.
  package func text(_ name: String) throws(RequestFailure) -> String {
    try required(name, "text") { $0.string }
  }

  package func integer(_ name: String) throws(RequestFailure) -> Int {
    try required(name, "an integer") { $0.int }
  }

  /// A field that may be missing or null.
  package func text(_ name: String, default fallback: String) throws(RequestFailure) -> String {
    try optional(name, "text") { $0.string } ?? fallback
  }

  package func integer(_ name: String, default fallback: Int) throws(RequestFailure) -> Int {
    try optional(name, "an integer") { $0.int } ?? fallback
  }

  package func flag(_ name: String, default fallback: Bool) throws(RequestFailure) -> Bool {
    try optional(name, "true or false") { $0.bool } ?? fallback
  }

  package func object(_ name: String) throws(RequestFailure) -> JSONObject {
    try optional(name, "an object") { $0.object } ?? JSONObject()
  }

  package func optionalText(_ name: String) throws(RequestFailure) -> String? {
    try optional(name, "text") { $0.string }
  }

  package func optionalInteger(_ name: String) throws(RequestFailure) -> Int? {
    try optional(name, "an integer") { $0.int }
  }

  private func required<Value>(
    _ name: String, _ kind: String, _ read: (JSONValue) -> Value?
  ) throws(RequestFailure) -> Value {
    guard let value = object[name] else {
      throw RequestFailure("\(request): '\(name)' is missing, expected \(kind)")
    }
    return try typed(value, name, kind, read)
  }

  private func optional<Value>(
    _ name: String, _ kind: String, _ read: (JSONValue) -> Value?
  ) throws(RequestFailure) -> Value? {
    guard let value = object[name], !value.isNull else { return nil }
    return try typed(value, name, kind, read)
  }

  private func typed<Value>(
    _ value: JSONValue, _ name: String, _ kind: String, _ read: (JSONValue) -> Value?
  ) throws(RequestFailure) -> Value {
    guard let typed = read(value) else {
      throw RequestFailure("\(request): '\(name)' must be \(kind), found \(value.kindName)")
    }
    return typed
  }
}

extension JSONValue {
  fileprivate var kindName: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer, .number: "a number"
    case .string: "text"
    case .array: "an array"
    case .object: "an object"
    }
  }
}
