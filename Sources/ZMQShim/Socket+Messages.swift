internal import CZMQ

/// What came of a receive that does not wait.
package enum Received: Sendable {
  case message([[UInt8]])
  /// A message of more frames or bytes than the limits allow; all of it was read and thrown away.
  case oversized
  case nothing
}

/// What a received message may cost before it is thrown away.
package struct ReceiveLimits: Sendable {
  package var frames: Int
  package var bytes: Int

  package init(frames: Int = 4096, bytes: Int = 256 << 20) {
    self.frames = frames
    self.bytes = bytes
  }
}

extension Socket {
  /// Takes the next message, all its frames; does not wait.
  package borrowing func receive(limits: ReceiveLimits = ReceiveLimits()) throws(ZMQError) -> Received {
    var frames: [[UInt8]] = []
    var frameCount = 0
    var byteCount = 0
    var message = zmq_msg_t()
    zmq_msg_init(&message)
    defer { zmq_msg_close(&message) }
    repeat {
      // Frames of one message arrive together, so only the first can be missing.
      guard try checkUnlessWaiting("zmq_msg_recv", { zmq_msg_recv(&message, handle, ZMQ_DONTWAIT) }) != nil
      else {
        return .nothing
      }
      frameCount += 1
      let size = zmq_msg_size(&message)
      byteCount += size
      if frameCount <= limits.frames, byteCount <= limits.bytes {
        frames.append(Self.bytes(of: &message))
      } else {
        frames = []
      }
    } while zmq_msg_more(&message) == 1
    return frameCount <= limits.frames && byteCount <= limits.bytes ? .message(frames) : .oversized
  }

  /// Takes the next frame, whatever it belongs to; does not wait, and gives nil where none is here.
  ///
  /// What peers send to an XPUB socket has to be taken so: one that says that more frames follow and leaves would make
  /// the next peer's subscription a part of its own message.
  package borrowing func receiveFrame() throws(ZMQError) -> [UInt8]? {
    var message = zmq_msg_t()
    zmq_msg_init(&message)
    defer { zmq_msg_close(&message) }
    guard try checkUnlessWaiting("zmq_msg_recv", { zmq_msg_recv(&message, handle, ZMQ_DONTWAIT) }) != nil
    else { return nil }
    return Self.bytes(of: &message)
  }

  private static func bytes(of message: inout zmq_msg_t) -> [UInt8] {
    let size = zmq_msg_size(&message)
    return [UInt8](UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: size))
  }

  /// Sends a message; true where it was taken, false where the socket could not take it without waiting.
  ///
  /// With a backlog, the message's bytes count there until every peer has them or is gone, and for each of the receivers
  /// its place in a queue.
  @discardableResult
  package borrowing func send(
    _ frames: [[UInt8]], countedBy backlog: SendBacklog? = nil, receivers: Int = 1
  ) throws(ZMQError) -> Bool {
    for (index, frame) in frames.enumerated() {
      let isLast = index == frames.count - 1
      let flags = isLast ? ZMQ_DONTWAIT : ZMQ_DONTWAIT | ZMQ_SNDMORE
      var message = zmq_msg_t()
      if isLast, let backlog {
        let total = frames.reduce(0) { $0 + $1.count + receivers * SendBacklog.frameOverhead }
        try backlog.initialize(&message, with: frame, standingFor: total)
      } else {
        try check("zmq_msg_init_size") { zmq_msg_init_size(&message, frame.count) }
        frame.withUnsafeBytes { bytes in
          if let source = bytes.baseAddress {
            zmq_msg_data(&message).copyMemory(from: source, byteCount: bytes.count)
          }
        }
      }
      do {
        // Only the first frame can be refused; libzmq takes or drops a message as a whole.
        guard try checkUnlessWaiting("zmq_msg_send", { zmq_msg_send(&message, handle, flags) }) != nil else {
          zmq_msg_close(&message)
          return false
        }
      } catch {
        zmq_msg_close(&message)
        throw error
      }
    }
    return true
  }
}
