internal import CDNNL
internal import CVector

/// A call of oneDNN that failed.
package struct DNNLError: Error, Equatable {
  /// The call.
  package let call: String
  /// oneDNN's status.
  package let status: Int
  /// Whether there was no memory for it.
  package var isForMemory: Bool { status == Int(dnnl_out_of_memory.rawValue) }
}

/// Makes a call of oneDNN throw where it fails.
///
/// Its loops start teams of their own, so the loops' team is let go before.
func check(_ call: StaticString, _ body: () -> dnnl_status_t) throws(DNNLError) {
  cv_dissolve()
  let status = body()
  guard status == dnnl_success else {
    throw DNNLError(call: "\(call)", status: Int(status.rawValue))
  }
}
