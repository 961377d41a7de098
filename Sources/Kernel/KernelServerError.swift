import Glibc

/// Why a kernel cannot start.
package enum KernelServerError: Error, Hashable, CustomStringConvertible {
  case cannotBind(channel: String, endpoint: String, reason: String)
  case socket(channel: String, reason: String)
  case system(call: String, code: Int32)

  package var description: String {
    switch self {
    case .cannotBind(let channel, let endpoint, let reason):
      "cannot bind the \(channel) channel to \(endpoint): \(reason.lowercased())"
    case .socket(let channel, let reason): "cannot make the \(channel) channel: \(reason.lowercased())"
    case .system(let call, let code): "\(call): \(String(cString: strerror(code)).lowercased())"
    }
  }
}
