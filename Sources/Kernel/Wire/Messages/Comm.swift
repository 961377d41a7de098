/// Asks which comms are open, all or those of one target.
package struct CommInfoRequest: Request {
  package static let messageType = "comm_info_request"

  package let target: String?

  package init(_ fields: RequestFields) throws(RequestFailure) {
    target = try fields.optionalText("target_name")
  }

  package struct Reply: MessageContent {
    package static let messageType = "comm_info_reply"
    package let json: JSONValue

    package init(_ comms: [(id: String, target: String)]) {
      var object = JSONObject()
      for comm in comms { object[comm.id] = ["target_name": .string(comm.target)] }
      json = ["comms": .object(object)]
    }
  }
}

/// The frontend opens a comm.
package struct CommOpen: Notice {
  package static let messageType = "comm_open"

  package let id: String
  package let target: String
  package let data: JSONObject

  package init(_ fields: RequestFields) throws(RequestFailure) {
    id = try fields.text("comm_id")
    target = try fields.text("target_name")
    data = try fields.object("data")
  }
}

/// The frontend sends something on an open comm.
package struct CommMessage: Notice {
  package static let messageType = "comm_msg"

  package let id: String
  package let data: JSONObject

  package init(_ fields: RequestFields) throws(RequestFailure) {
    id = try fields.text("comm_id")
    data = try fields.object("data")
  }
}

/// The frontend closes a comm.
package struct CommClose: Notice {
  package static let messageType = "comm_close"

  package let id: String
  package let data: JSONObject

  package init(_ fields: RequestFields) throws(RequestFailure) {
    id = try fields.text("comm_id")
    data = try fields.object("data")
  }
}
