/// The files of the kernelspec, which the program carries in itself.
package enum Kernelspec {
  package static let fileNames = ["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]

  /// All files, with the program's path and the kernel's name filled in.
  package static func files(program: String, name: String) -> [(name: String, bytes: [UInt8])] {
    fileNames.map { file in
      let bytes = KernelspecFiles.content[file].flatMap { Base64.bytes(of: $0) } ?? []
      return (file, file == "kernel.json" ? filled(bytes, program: program, name: name) : bytes)
    }
  }

  private static func filled(_ template: [UInt8], program: String, name: String) -> [UInt8] {
    let title = name == KernelIdentity.implementation ? "CAM" : "CAM (\(name))"
    let text = String(decoding: template, as: UTF8.self)
    let withProgram = text.replacing("\"@PROGRAM@\"", with: JSONWriter.text(of: .string(program)))
    return Array(withProgram.replacing("\"@TITLE@\"", with: JSONWriter.text(of: .string(title))).utf8)
  }
}
