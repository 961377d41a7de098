internal import CZMQ

/// Socket options by name; those that concern connections must be set before `bind` or `connect`.
extension Socket {
  /// How long a closed socket keeps trying to send what it holds.
  package borrowing func setLinger(milliseconds: Int32) throws(ZMQError) {
    try setNumber(ZMQ_LINGER, milliseconds)
  }

  /// Messages held for one peer before more are dropped or refused; zero for no limit.
  package borrowing func setSendHighWaterMark(_ messages: Int32) throws(ZMQError) {
    try setNumber(ZMQ_SNDHWM, messages)
  }

  package borrowing func setReceiveHighWaterMark(_ messages: Int32) throws(ZMQError) {
    try setNumber(ZMQ_RCVHWM, messages)
  }

  /// A peer that sends a larger frame is disconnected.
  package borrowing func setLargestFrame(bytes: Int64) throws(ZMQError) {
    try setLongNumber(ZMQ_MAXMSGSIZE, bytes)
  }

  /// A peer that comes again with its old identity takes the place of its former connection.
  package borrowing func setRouterHandover(_ isOn: Bool) throws(ZMQError) {
    try setFlag(ZMQ_ROUTER_HANDOVER, isOn)
  }

  /// A message to an unknown peer is an error (`isUnreachable`) instead of being dropped.
  package borrowing func setRouterMandatory(_ isOn: Bool) throws(ZMQError) {
    try setFlag(ZMQ_ROUTER_MANDATORY, isOn)
  }

  /// Every subscription can be received, also one to what another peer has subscribed to.
  package borrowing func setVerboseSubscriptions(_ isOn: Bool) throws(ZMQError) {
    try setFlag(ZMQ_XPUB_VERBOSE, isOn)
  }

  package borrowing func setIPv6(_ isOn: Bool) throws(ZMQError) { try setFlag(ZMQ_IPV6, isOn) }

  package borrowing func setIdentity(_ identity: [UInt8]) throws(ZMQError) {
    try setBytes(ZMQ_ROUTING_ID, identity)
  }

  package borrowing func subscribe(to topic: [UInt8]) throws(ZMQError) { try setBytes(ZMQ_SUBSCRIBE, topic) }

  /// Encrypts as the server's side; keys are Z85 text of 40 characters.
  package borrowing func setCurveServer(publicKey: String, secretKey: String) throws(ZMQError) {
    try setFlag(ZMQ_CURVE_SERVER, true)
    try setBytes(ZMQ_CURVE_PUBLICKEY, Array(publicKey.utf8))
    try setBytes(ZMQ_CURVE_SECRETKEY, Array(secretKey.utf8))
  }

  /// The endpoint that the last `bind` gave, with the port where the system chose it.
  package borrowing func boundEndpoint() throws(ZMQError) -> String {
    var buffer = [UInt8](repeating: 0, count: 512)
    var size = buffer.count
    try check("zmq_getsockopt") { zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &buffer, &size) }
    return String(decoding: buffer.prefix(while: { $0 != 0 }), as: UTF8.self)
  }

  private borrowing func setFlag(_ option: CInt, _ isOn: Bool) throws(ZMQError) {
    try setNumber(option, isOn ? 1 : 0)
  }

  private borrowing func setNumber(_ option: CInt, _ value: Int32) throws(ZMQError) {
    var value = value
    try check("zmq_setsockopt") { zmq_setsockopt(handle, option, &value, MemoryLayout<Int32>.size) }
  }

  private borrowing func setLongNumber(_ option: CInt, _ value: Int64) throws(ZMQError) {
    var value = value
    try check("zmq_setsockopt") { zmq_setsockopt(handle, option, &value, MemoryLayout<Int64>.size) }
  }

  private borrowing func setBytes(_ option: CInt, _ value: [UInt8]) throws(ZMQError) {
    try check("zmq_setsockopt") { zmq_setsockopt(handle, option, value, value.count) }
  }
}
