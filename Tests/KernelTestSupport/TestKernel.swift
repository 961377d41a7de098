package import Kernel

/// A kernel in the test's own process, around the echo interpreter; it leaves with the last reference.
package final class TestKernel {
  package let connection: ConnectionFile
  package let server: KernelServer

  package init(_ connection: ConnectionFile) throws {
    self.connection = connection
    server = try KernelServer(connection: connection, interpreter: EchoInterpreter())
  }

  deinit {
    server.stop()
    server.finish()
  }

  package func frontend(_ identity: String = "frontend") throws -> FakeFrontend {
    try FakeFrontend(to: connection, identity: identity)
  }
}
