package import ZMQShim

/// What all channels of a kernel share to read and write messages.
package struct Wire: Sendable {
  package let signer: MessageSigner
  package let replays: ReplayGuard
  package let composer: MessageComposer
  package let drops: DropLog
  /// Everything that was sent on any channel and that some client has not read.
  package let unread = SendBacklog()
  /// How long a kernel that leaves waits for clients that have not read everything.
  package static let lingerMilliseconds: Int32 = 2000

  package init(key: String) {
    signer = MessageSigner(key: Array(key.utf8))
    replays = ReplayGuard()
    composer = MessageComposer(signer: signer)
    drops = DropLog()
  }
}

/// Makes a socket with its options, encrypted where the connection says so, and binds it; errors name the channel.
func boundSocket(
  _ channel: Channel, _ kind: SocketKind, in context: Context, connection: ConnectionFile,
  configure: (borrowing Socket) throws(ZMQError) -> Void
) throws(KernelServerError) -> Socket {
  let socket = try unboundSocket(channel, kind, in: context)
  let endpoint = connection.endpoint(of: channel)
  do throws(ZMQError) {
    if endpoint.contains("[") { try socket.setIPv6(true) }
    if let curve = connection.curve {
      try socket.setCurveServer(publicKey: curve.publicKey, secretKey: curve.secretKey)
    }
    try configure(socket)
  } catch {
    throw .socket(channel: channel.rawValue, reason: error.description)
  }
  do throws(ZMQError) {
    try socket.bind(to: endpoint)
  } catch {
    throw .cannotBind(channel: channel.rawValue, endpoint: endpoint, reason: error.reason)
  }
  return socket
}

private func unboundSocket(
  _ channel: Channel, _ kind: SocketKind, in context: Context
) throws(KernelServerError) -> Socket {
  do throws(ZMQError) {
    return try Socket(kind, in: context)
  } catch {
    throw .socket(channel: channel.rawValue, reason: error.description)
  }
}
