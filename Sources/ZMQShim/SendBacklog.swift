internal import CZMQ
import Glibc
import Synchronization

/// Counts the bytes that were given to libzmq and that some peer has not taken yet.
///
/// libzmq limits its queues by messages only; this is what a limit in bytes stands on. It works because libzmq shares
/// one frame among all receivers and calls back when the last one let go of it.
package final class SendBacklog: Sendable {
  /// About what libzmq itself keeps for one frame in each queue.
  static let frameOverhead = 128

  private let count = Atomic<Int>(0)
  private let whole: SendBacklog?

  /// A backlog that may be a part of another, which then counts its bytes as well.
  package init(partOf whole: SendBacklog? = nil) { self.whole = whole }

  /// Bytes that are queued now; zero when every peer has everything.
  package var bytes: Int { count.load(ordering: .acquiring) }

  private func add(_ weight: Int) {
    count.add(weight, ordering: .acquiringAndReleasing)
    whole?.add(weight)
  }

  /// Makes `message` own a copy of `frame`; `weight` bytes are counted until libzmq frees it.
  func initialize(_ message: inout zmq_msg_t, with frame: [UInt8], standingFor weight: Int) throws(ZMQError) {
    let ticketSize = MemoryLayout<Ticket>.stride
    guard let storage = malloc(ticketSize + frame.count) else {
      throw ZMQError(code: ENOMEM, call: "malloc")
    }
    let ticket = storage.bindMemory(to: Ticket.self, capacity: 1)
    ticket.initialize(to: Ticket(backlog: self, weight: weight))
    let data = storage + ticketSize
    frame.withUnsafeBytes { bytes in
      if let source = bytes.baseAddress { data.copyMemory(from: source, byteCount: bytes.count) }
    }
    add(weight)
    let release: @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void = { _, storage in
      guard let storage else { return }
      let ticket = storage.assumingMemoryBound(to: Ticket.self)
      ticket.pointee.backlog.add(-ticket.pointee.weight)
      ticket.deinitialize(count: 1)
      free(storage)
    }
    do {
      try check("zmq_msg_init_data") { zmq_msg_init_data(&message, data, frame.count, release, storage) }
    } catch {
      release(nil, storage)
      throw error
    }
  }

  /// Stands before a frame's bytes in the same allocation.
  private struct Ticket {
    let backlog: SendBacklog
    let weight: Int
  }
}
