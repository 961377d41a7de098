internal import Display
internal import ModelIO

/// Writes a result, or a part of it, to a file.
struct SaveCommand: Command {
  private static let parts = [
    "overlay", "heatmap", "map", "weights", "activations", "logits", "gradient", "model",
  ]

  private static let result = Parameter.required(
    "result", NameValue(.value), "a kept value; where only a path is given, the last result")
  private static let path = Parameter.optional(
    "path", PathValue(),
    "the file; its suffix is the format: .png, .svg, .pdf, .npy, .npz, .csv, .safetensors")
  private static let what = Parameter.option(
    "what", ChoiceValue(parts), absent: "overlay for pictures, map for numbers", "which part of the result")

  private static let bits = Parameter.option(
    "bits", IntegerValue(in: RoundedTensor.bits), absent: "32-bit floats",
    "rounds a model's large weights to so many bits a number (safetensors)")
  /// Smaller arrays are not worth their scales.
  private static let fewestRounded = 4096

  let signature = CommandSignature(
    "save", "writes a result to a file", group: .results, parameters: [result, path, what, bits],
    examples: [
      "save first overlay.png", "save first map.npy what=map", "save picture.png",
      "save guided gradient.npy what=gradient", "save net small.safetensors bits=6",
    ],
    details: """
      map is the float32 map at the layer's resolution, after the final activation and before scaling; weights has one number a \
      channel. gradient is what guided methods draw, signed, [3, H, W] at the size of the network's input; their map is its \
      greatest magnitude over the colours. A file appears whole or not at all.
      """)

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let first = try call[Self.result]
    let second = try call[Self.path]
    let value = try context.keptValue(second == nil ? nil : first, at: call.statement.verb.span)
    let path = second ?? first
    let format = try Self.format(of: path, isAlone: second == nil, context)
    if let figure = try figure(of: value, format, call, context.session.settings) {
      return try save(figure.figure, figure.notes, format, path, of: value)
    }
    let settings = context.session.settings
    if let table = value as? any TableValue, try call[Self.what] == nil, format == "csv" {
      let bytes = Array(table.table.commaSeparated.utf8)
      try refuse(Self.bits, call)
      return try finish(bytes.count, path, of: value, "table") {
        try FileSystem.write(bytes, to: path.text)
      }
    }
    guard let savable = value as? any SavableValue else { throw Self.refusal(of: value, call) }
    let name = try call[Self.what] ?? Self.standardPart(of: savable, format)
    guard savable.partNames.contains(name) else {
      throw Diagnostic(
        "no-such-part", "the \(type(of: value).noun) has no \(name)", at: call.span(of: Self.what),
        hints: ["it has " + savable.partNames.joined(separator: ", ")])
    }
    let place = call.isGiven(Self.what) ? call.span(of: Self.what) : first.span
    let part = try Blame.on(place) { try savable.part(name, with: settings) }
    let notes = (value as? any DrawnValue)?.notes ?? .notes(value.summary)
    let bits = try call[Self.bits]
    if case .arrays = part, format == "safetensors" {} else { try refuse(Self.bits, call) }
    guard Self.formats(of: part).contains(format) else {
      throw Self.mismatch(
        call.isGiven(Self.what) ? name : "the \(type(of: value).noun)", format, path,
        fitting: Self.formats(of: part))
    }
    return try Blame.on(path.span) { try write(part, name, notes, format, path, of: value, bits: bits) }
  }

  /// The figure that a value is as a whole; nil where a part of it is asked for, or it is a single picture.
  private func figure(
    of value: any SessionValue, _ format: String, _ call: Call, _ settings: Settings
  ) throws -> (figure: any Figure, notes: PictureNotes)? {
    guard Self.pictures.contains(format) else { return nil }
    let what = try call[Self.what]
    guard what.map({ (value as? any SavableValue)?.partNames.contains($0) == true }) ?? true else {
      return nil
    }
    if what == nil || what == "overlay", let figure = value as? any FigureValue {
      try refuse(Self.bits, call)
      return (try figure.figure(with: settings), figure.notes)
    }
    guard what == nil || what == "overlay" || what == "heatmap", let drawn = value as? any DrawnValue else {
      return nil
    }
    let look = what == "heatmap" ? HeatLook().heatAlone : HeatLook()
    let panels = try drawn.panels(with: settings, look: look)
    guard panels.count > 1 || (what == nil && panels.contains { $0.heat != nil }) else { return nil }
    try refuse(Self.bits, call)
    return (try drawn.grid(of: panels), drawn.notes)
  }

  private func refuse(_ option: any ParameterDeclaration, _ call: Call) throws(Diagnostic) {
    guard call.isGiven(option) else { return }
    throw Diagnostic(
      "unfit-option", "\(option.info.name)= rounds the weights of a model in a .safetensors file",
      at: call.span(of: option))
  }

  private static let pictures = FigureRenderer.Format.allCases.map(\.rawValue)

  private func save(
    _ figure: any Figure, _ notes: PictureNotes, _ format: String, _ path: Word, of value: any SessionValue
  ) throws -> CommandResult {
    guard let kind = FigureRenderer.Format(rawValue: format) else {
      throw Self.mismatch("a figure", format, path, fitting: Self.pictures)
    }
    let bytes = try Blame.on(path.span) {
      try FigureRenderer.file(of: figure, format: kind, title: figure.altText, notes: notes)
    }
    return try finish(bytes.count, path, of: value, "overlay") {
      try FileSystem.write(bytes, to: path.text)
    }
  }

  /// Why a value has no such file: it is none that has files at all, or one of others.
  private static func refusal(of value: any SessionValue, _ call: Call) -> Diagnostic {
    let noun = type(of: value).noun
    var formats = value is any FigureValue || value is any DrawnValue ? pictures : []
    if value is any TableValue { formats.append("csv") }
    let isGiven = call.isGiven(path)
    guard !formats.isEmpty else {
      return Diagnostic(
        "wrong-kind", "the \(noun) cannot be saved",
        at: isGiven ? call.span(of: result) : call.statement.verb.span)
    }
    let hints = ["expected one of ." + formats.joined(separator: ", .")]
    if call.isGiven(what) {
      return Diagnostic(
        "no-such-part", "the \(noun) has no parts", at: call.span(of: what),
        hints: ["leave what= out"] + hints)
    }
    return Diagnostic(
      "unfit-format", "the \(noun) cannot be written so", at: call.span(of: isGiven ? path : result),
      hints: hints)
  }

  private static func format(
    of path: Word, isAlone: Bool, _ context: CommandContext
  ) throws(Diagnostic) -> String {
    let formats = ["png", "svg", "pdf", "npy", "npz", "csv", "safetensors"]
    let suffix =
      FileSystem.split(path.text).name.split(separator: ".").dropFirst().last.map { $0.lowercased() } ?? ""
    guard formats.contains(suffix) else {
      if suffix.isEmpty, isAlone, context.session.workspace.value(named: path.text) != nil {
        throw Diagnostic(
          "missing-value", "save needs PATH, a path of a file", at: path.span,
          hints: ["for example `save \(path.text) \(path.text).png`"])
      }
      let found = suffix.isEmpty ? "'\(path.text)' has no suffix" : "'.\(suffix)' is no format"
      throw Diagnostic(
        "unknown-format", found, at: path.span,
        hints: ["expected one of ." + formats.joined(separator: ", .")])
    }
    return suffix
  }

  private static func standardPart(of value: any SavableValue, _ format: String) -> String {
    !pictures.contains(format) && value.partNames.contains("map") ? "map" : value.partNames.first ?? "map"
  }

  private func write(
    _ part: SavedPart, _ name: String, _ notes: PictureNotes, _ format: String, _ path: Word,
    of value: any SessionValue, bits: Int?
  ) throws -> CommandResult {
    let target = FileSystem.expanded(path.text)
    func finish(_ bytes: Int, _ path: Word, _ write: () throws -> Void) throws -> CommandResult {
      try self.finish(bytes, path, of: value, name, write)
    }
    switch (part, format) {
    case (.picture(let raster), "png"):
      let bytes = try PNGEncoder.encode(raster, notes: notes, effort: .small)
      return try finish(bytes.count, path) { try FileSystem.write(bytes, to: target) }
    case (.picture(let raster), "svg"), (.picture(let raster), "pdf"):
      let panel = PanelGrid([PanelGrid.Panel(raster)], columns: 1, panelWidth: 448)
      return try save(panel, notes, format, path, of: value)
    case (.array(let shape, let values), "npy"):
      return try finish(values.count * 4, path) {
        try NumPyArray.write(shape: shape, floats: values, to: target)
      }
    case (.array(let shape, let values), "npz"):
      return try finish(values.count * 4, path) {
        try NumPyArchive.write([TensorToWrite(name: name, shape: shape, floats: values)], to: target)
      }
    case (.array(let shape, let values), "safetensors"):
      return try finish(values.count * 4, path) {
        try SafeTensors.write([TensorToWrite(name: name, shape: shape, floats: values)], to: target)
      }
    case (.array(let shape, let values), "csv"):
      let bytes = Array(Self.commaSeparated(values, columns: shape.last ?? 1).utf8)
      return try finish(bytes.count, path) { try FileSystem.write(bytes, to: target) }
    case (.arrays(let arrays, var notes), "safetensors"):
      var tensors: [TensorToWrite] = []
      for array in arrays {
        guard let bits, array.shape.count > 1, array.values.count >= Self.fewestRounded else {
          tensors.append(TensorToWrite(name: array.name, shape: array.shape, floats: array.values))
          continue
        }
        let rounded = RoundedTensor.tensors(
          name: array.name, shape: array.shape, floats: array.values, bits: bits)
        tensors += rounded.tensors
        notes.append(rounded.note)
      }
      return try finish(tensors.reduce(0) { $0 + $1.bytes.count }, path) {
        try SafeTensors.write(tensors, metadata: notes, to: target)
      }
    case (.arrays(let arrays, _), "npz"):
      let tensors = arrays.map { TensorToWrite(name: $0.name, shape: $0.shape, floats: $0.values) }
      return try finish(tensors.reduce(0) { $0 + $1.bytes.count }, path) {
        try NumPyArchive.write(tensors, to: target)
      }
    default: throw Self.mismatch(name, format, path, fitting: Self.formats(of: part))
    }
  }

  private static func formats(of part: SavedPart) -> [String] {
    switch part {
    case .picture: pictures
    case .array: ["npy", "npz", "csv", "safetensors"]
    case .arrays: ["safetensors", "npz"]
    }
  }

  private static func mismatch(
    _ what: String, _ format: String, _ path: Word, fitting: [String]
  ) -> Diagnostic {
    Diagnostic(
      "unfit-format", "\(what) cannot be written as .\(format)", at: path.span,
      hints: ["expected one of ." + fitting.joined(separator: ", .")])
  }

  private static func commaSeparated(_ values: [Float], columns: Int) -> String {
    var text = ""
    for (index, value) in values.enumerated() {
      text += "\(value)" + ((index + 1) % max(1, columns) == 0 ? "\n" : ",")
    }
    return text
  }

  private func finish(
    _ bytes: Int, _ path: Word, of value: any SessionValue, _ part: String, _ write: () throws -> Void
  ) throws -> CommandResult {
    do {
      try write()
    } catch let error as FileError {
      throw FileError(path: path.text, code: error.code, limit: error.limit).unwritable(at: path.span)
    } catch let error as FormatError {
      guard case .system(_, let code) = error.cause else { throw error }
      throw FileError(path: path.text, code: code).unwritable(at: path.span)
    }
    // The file has a head, too.
    let bytes = FileSystem.size(of: path.text) ?? bytes
    let size = bytes < 1024 ? "\(bytes) bytes" : "\(NumberText.text(Double(bytes) / 1024, significant: 3)) KB"
    let bundle = DisplayBundle.text("wrote \(path.text), \(size)").stating([
      "verb": "save", "path": .string(path.text), "kind": .string(type(of: value).noun),
      "what": .string(part),
      "bytes": .integer(bytes),
    ])
    return CommandResult(bundle: bundle)
  }
}
