internal import CZMQ

/// Runs a call that returns -1 on failure and turns that into an error; the only reader of libzmq's errno.
///
/// A call that a signal broke off is made again.
@discardableResult
func check(_ call: StaticString, _ body: () -> CInt) throws(ZMQError) -> CInt {
  while true {
    let result = body()
    if result != -1 { return result }
    let code = zmq_errno()
    if code != EINTR { throw ZMQError(code: code, call: call) }
  }
}

/// Like `check`, but nil where the call would have had to wait.
func checkUnlessWaiting(_ call: StaticString, _ body: () -> CInt) throws(ZMQError) -> CInt? {
  do {
    return try check(call, body)
  } catch {
    if error.code == EAGAIN { return nil }
    throw error
  }
}
