/// The content of a message that the kernel sends.
package protocol MessageContent: Sendable {
  static var messageType: String { get }
  /// The fields, without `status`.
  var json: JSONValue { get }
}

/// The content of a request; it names its reply, so that a handler cannot send another.
package protocol Request: Sendable {
  associatedtype Reply: MessageContent
  static var messageType: String { get }
  init(_ fields: RequestFields) throws(RequestFailure)
}

/// The content of a message that is not answered on its channel (the comm messages).
package protocol Notice: Sendable {
  static var messageType: String { get }
  init(_ fields: RequestFields) throws(RequestFailure)
}

/// Why a request is answered with an error.
package struct RequestFailure: Error, Hashable {
  package let name: String
  package let value: String

  package init(name: String = "invalid-request", _ value: String) {
    self.name = name
    self.value = value
  }

  /// The content of an error reply and of an `error` message.
  package var json: JSONObject {
    var object = JSONObject()
    object["ename"] = .string(name)
    object["evalue"] = .string(value)
    object["traceback"] = []
    return object
  }
}
