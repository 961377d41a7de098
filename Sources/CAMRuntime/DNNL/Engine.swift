internal import CDNNL

/// oneDNN's engine and stream; used by one thread.
final class Engine {
  let engine: dnnl_engine_t
  let stream: dnnl_stream_t

  init() throws(DNNLError) {
    var engine: dnnl_engine_t?
    try check("engine_create") { dnnl_engine_create(&engine, dnnl_cpu, 0) }
    guard let engine else { throw DNNLError(call: "engine_create", status: -1) }
    var stream: dnnl_stream_t?
    let status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue)
    guard status == dnnl_success, let stream else {
      dnnl_engine_destroy(engine)
      throw DNNLError(call: "stream_create", status: Int(status.rawValue))
    }
    self.engine = engine
    self.stream = stream
  }

  deinit {
    dnnl_stream_destroy(stream)
    dnnl_engine_destroy(engine)
  }

  /// Whether oneDNN has products of 16-bit floats: not where ONEDNN_MAX_CPU_ISA holds it to AVX2, say.
  static var multipliesHalves: Bool {
    let least = dnnl_cpu_isa_avx512_core.rawValue
    return dnnl_get_effective_cpu_isa().rawValue & least == least
  }

  /// C = alpha A B + beta C for row-major matrices.
  static func product(
    transposeA: Bool, transposeB: Bool, rows: Int, columns: Int, inner: Int,
    a: UnsafePointer<Float>, aStride: Int, b: UnsafePointer<Float>, bStride: Int,
    beta: Float = 0, c: UnsafeMutablePointer<Float>, cStride: Int
  ) throws(DNNLError) {
    guard rows > 0, columns > 0 else { return }
    let yes = CChar(UInt8(ascii: "T")), no = CChar(UInt8(ascii: "N"))
    try check("sgemm") {
      dnnl_sgemm(
        transposeA ? yes : no, transposeB ? yes : no, dnnl_dim_t(rows), dnnl_dim_t(columns),
        dnnl_dim_t(inner), 1, a, dnnl_dim_t(aStride), b, dnnl_dim_t(bStride), beta, c,
        dnnl_dim_t(cStride))
    }
  }
}
