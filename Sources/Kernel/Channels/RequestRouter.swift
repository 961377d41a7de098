/// What is sent back for a request.
package struct Answer: Sendable {
  package let messageType: String
  package let content: JSONValue
}

/// Message types and what answers them; a type that nobody registered is not answered.
package struct RequestRouter {
  private typealias Handler = (RawMessage, RequestFields) throws(RequestFailure) -> JSONValue?

  private struct Route {
    let replyType: String?
    let handler: Handler
    let failureContent: (RequestFailure) -> JSONValue
  }

  private var routes: [String: Route] = [:]

  package init() {}

  /// Answers requests of a type; `failure` words the reply where the request cannot be read.
  package mutating func on<Asked: Request>(
    _: Asked.Type, failure: ((RequestFailure) -> Asked.Reply)? = nil,
    _ answer: @escaping (Asked, RawMessage) throws(RequestFailure) -> Asked.Reply
  ) {
    let handler: Handler = { (message, fields) throws(RequestFailure) in
      withStatus(try answer(try Asked(fields), message).json)
    }
    let failureContent: (RequestFailure) -> JSONValue = { reason in
      failure?(reason).json ?? withStatus(.object(reason.json), "error")
    }
    add(
      Asked.messageType,
      Route(replyType: Asked.Reply.messageType, handler: handler, failureContent: failureContent))
  }

  /// Takes messages of a type that has no reply.
  package mutating func on<Taken: Notice>(
    _: Taken.Type, _ take: @escaping (Taken, RawMessage) throws(RequestFailure) -> Void
  ) {
    let handler: Handler = { (message, fields) throws(RequestFailure) in
      try take(try Taken(fields), message)
      return nil
    }
    add(Taken.messageType, Route(replyType: nil, handler: handler, failureContent: { .object($0.json) }))
  }

  /// Answers requests that came on the wrong channel, so that their sender does not wait for ever.
  package mutating func refuse<Asked: Request>(_: Asked.Type, belongsOn channel: String) {
    on(Asked.self) { (_, _) throws(RequestFailure) in
      throw RequestFailure(name: "wrong-channel", "\(Asked.messageType) belongs on the \(channel) channel")
    }
  }

  /// The answer to a message; nil where there is none to send.
  package func answer(to message: RawMessage) -> Answer? {
    guard let route = routes[message.header.messageType] else { return nil }
    var content: JSONValue?
    do throws(RequestFailure) {
      content = try route.handler(message, try fields(of: message))
    } catch {
      content = route.failureContent(error)
    }
    guard let replyType = route.replyType, let content else { return nil }
    return Answer(messageType: replyType, content: content)
  }

  private func fields(of message: RawMessage) throws(RequestFailure) -> RequestFields {
    do throws(WireError) {
      return RequestFields(of: message.header.messageType, try message.content())
    } catch {
      throw RequestFailure("\(message.header.messageType): \(error)")
    }
  }

  private mutating func add(_ type: String, _ route: Route) {
    precondition(routes[type] == nil, "two handlers for \(type)")
    routes[type] = route
  }
}

/// The content with a `status` in front, unless it has one.
private func withStatus(_ content: JSONValue, _ status: String = "ok") -> JSONValue {
  guard case .object(let fields) = content, fields["status"] == nil else { return content }
  var object = JSONObject()
  object["status"] = .string(status)
  for (key, value) in fields.members { object[key] = value }
  return .object(object)
}
