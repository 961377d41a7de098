/// Something in the kernel that a frontend can open a comm to, by name.
package protocol CommTarget: AnyObject {
  var name: String { get }
  func opened(_ comm: Comm, data: JSONObject, buffers: [[UInt8]])
  func received(_ data: JSONObject, buffers: [[UInt8]], on comm: Comm)
  func closed(_ comm: Comm)
}

/// One open comm, as its target sees it while it handles a message.
package struct Comm {
  package let id: String
  private let publish: (JSONValue, [[UInt8]]) -> Void

  init(id: String, publish: @escaping (JSONValue, [[UInt8]]) -> Void) {
    self.id = id
    self.publish = publish
  }

  /// Sends to the frontend's end, as an answer to the message being handled.
  package func send(_ data: JSONValue, buffers: [[UInt8]] = []) {
    publish(data, buffers)
  }
}
