import Glibc

/// The connections that peers have made to one of our endpoints, as the operating system knows them.
///
/// libzmq tells neither how many peers there are nor which of them has stopped reading. The system does, for each file
/// descriptor of the process: its own address, and how many bytes the peer has not taken.
final class PeerConnections {
  /// One connection; its inode is its own as long as it is open, its descriptor may be another's when it is closed.
  private struct Connection {
    let descriptor: Int32
    let inode: UInt
    let unread: Int32
  }

  /// What is known of a connection that bytes wait for.
  private struct Standstill {
    let unread: Int32
    let since: UInt64
  }

  private let place: LocalAddress
  private var standstills: [UInt: Standstill] = [:]

  /// `endpoint` is libzmq's name of the place where we listen.
  init(to endpoint: String) { place = LocalAddress(endpoint: endpoint) }

  /// How many there are; at least as many as libzmq has peers.
  func count() -> Int {
    var count = 0
    forEach { _ in count += 1 }
    return count
  }

  /// Cuts the connections for which bytes wait and that took none for so long, and tells how many they were.
  ///
  /// To be asked again and again: it sees only what moves from one call to the next.
  func cutStanding(nanoseconds: UInt64, now: UInt64 = MonotonicTime.nanoseconds) -> Int {
    var seen: [UInt: Standstill] = [:]
    var cut = 0
    forEach { connection in
      guard connection.unread > 0 else { return }
      var standstill = Standstill(unread: connection.unread, since: now)
      if let former = standstills[connection.inode], former.unread == connection.unread {
        standstill = former
      }
      seen[connection.inode] = standstill
      if now - standstill.since >= nanoseconds, shutDown(connection) {
        cut += 1
        seen[connection.inode] = nil
      }
    }
    standstills = seen
    return cut
  }

  /// Forgets what was seen: everybody gets the whole time again.
  func forget() { standstills = [:] }

  private func forEach(_ body: (Connection) -> Void) {
    guard let folder = opendir("/proc/self/fd") else { return }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if let descriptor = Int32(name), let connection = connection(descriptor) { body(connection) }
    }
  }

  /// What a descriptor stands for, where that is a connection to our endpoint.
  private func connection(_ descriptor: Int32) -> Connection? {
    var status = stat()
    var unread: Int32 = 0
    guard place.isOf(descriptor), fstat(descriptor, &status) == 0,
      ioctl(descriptor, UInt(TIOCOUTQ), &unread) == 0
    else { return nil }
    return Connection(descriptor: descriptor, inode: status.st_ino, unread: unread)
  }

  /// Ends a connection as its peer could; libzmq's thread, which owns it, then closes it.
  private func shutDown(_ connection: Connection) -> Bool {
    // libzmq may close it at any moment, and its number then belongs to something else. A copy is not closed.
    let copy = fcntl(connection.descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { return false }
    defer { close(copy) }
    guard self.connection(copy)?.inode == connection.inode else { return false }
    return shutdown(copy, Int32(SHUT_RDWR)) == 0
  }
}

/// What `getsockname` gives for the connections that were accepted at an endpoint.
private enum LocalAddress {
  case port(UInt16)
  case path(String)

  init(endpoint: String) {
    if endpoint.hasPrefix("ipc://") {
      self = .path(String(endpoint.dropFirst("ipc://".count)))
    } else {
      self = .port(UInt16(endpoint.split(separator: ":").last.map(String.init) ?? "") ?? 0)
    }
  }

  /// Whether a descriptor is such a connection; the listening socket itself, which has no peer, is not.
  func isOf(_ descriptor: Int32) -> Bool {
    var address = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var (peer, peerSize) = (address, size)
    return withUnsafeMutableBytes(of: &address) { own in
      withUnsafeMutableBytes(of: &peer) { peer in
        guard let own = own.baseAddress, let peer = peer.baseAddress,
          getsockname(descriptor, own.assumingMemoryBound(to: sockaddr.self), &size) == 0,
          getpeername(descriptor, peer.assumingMemoryBound(to: sockaddr.self), &peerSize) == 0
        else { return false }
        return matches(own)
      }
    }
  }

  private func matches(_ address: UnsafeMutableRawPointer) -> Bool {
    switch (self, Int32(address.assumingMemoryBound(to: sockaddr.self).pointee.sa_family)) {
    case (.port(let port), AF_INET):
      return address.assumingMemoryBound(to: sockaddr_in.self).pointee.sin_port == port.bigEndian
    case (.port(let port), AF_INET6):
      return address.assumingMemoryBound(to: sockaddr_in6.self).pointee.sin6_port == port.bigEndian
    case (.path(let path), AF_UNIX):
      return address.advanced(by: MemoryLayout<sa_family_t>.size)
        .assumingMemoryBound(to: CChar.self).withMemoryRebound(to: CChar.self, capacity: 108) {
          String(cString: $0)
        } == path
    default: return false
    }
  }
}
