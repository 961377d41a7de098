import Glibc
internal import ModelIO

/// Loads models by name or by path; what a file is, its content says.
package struct ModelLoader: Sendable {
  /// Finds the file of a built-in network's official weights, perhaps by downloading it.
  package typealias Locator = (Architecture) throws(ModelError) -> String

  /// The model of a built-in name or of a file.
  ///
  /// `locate` is asked only where official weights are wanted.
  package static func model(
    _ reference: String, options: ModelOptions = ModelOptions(), locate: Locator
  ) throws(ModelError) -> Model {
    let model: Model
    do throws(ModelError) {
      model = try prepared(reference, options, locate)
    } catch {
      // What breaks off in the middle of a file complains of the file.
      if case .fetch = error { throw error }
      throw options.interrupt.isRaised ? .interrupted : error
    }
    // Numbers that were being made when the flag rose are not finished.
    if options.interrupt.isRaised { throw .interrupted }
    return model
  }

  private static func prepared(
    _ reference: String, _ options: ModelOptions, _ locate: Locator
  ) throws(ModelError) -> Model {
    var model: Model
    if let architecture = ArchitectureCatalog.architecture(named: reference) {
      model = try builtIn(architecture, options, locate)
    } else if access(reference, F_OK) == 0 {
      model = try fromFile(reference, options)
    } else {
      let names = ArchitectureCatalog.all.flatMap { [$0.name] + $0.synonyms }
      throw .unknown(reference, nearest: NearestName.of(reference.lowercased(), among: names))
    }
    model.preprocessing = try options.preprocessing.applied(to: model.preprocessing)
    return model
  }

  private static func builtIn(
    _ architecture: Architecture, _ options: ModelOptions, _ locate: Locator
  ) throws(ModelError) -> Model {
    if let path = options.weights {
      let dictionary = try weights(path, options)
      return try model(best(for: dictionary, like: architecture), dictionary, options)
    }
    guard let seed = options.seed else {
      return try model(architecture, weights(try locate(architecture), options), options)
    }
    let setting = NetworkSetting(
      classes: options.classes ?? architecture.classes, size: options.size ?? architecture.preprocessing.size)
    let graph = try graph(architecture, setting, RandomParameters(seed: seed, interrupt: options.interrupt))
    return model(architecture, graph, setting, origin: ["random weights, seed \(seed)"])
  }

  private static func fromFile(_ path: String, _ options: ModelOptions) throws(ModelError) -> Model {
    let bytes: ByteSlice
    do throws(FormatError) {
      bytes = try MappedFile(path: path).bytes.awaited(by: options.waiter)
      do throws(FormatError) { try WeightFormatCatalog.refuseForeign(bytes) } catch {
        throw error.inFile(path)
      }
    } catch {
      // TensorFlow's SavedModel is a folder with this file in it.
      let inside = path + "/saved_model.pb"
      if case .notARegularFile = error.cause, access(inside, F_OK) == 0 {
        return try fromFile(inside, options)
      }
      throw .format(error)
    }
    if ModelManifest.recognises(bytes) { return try manifest(path, bytes, options) }
    if options.weights != nil { throw .option("weights= has no effect on a file that has its own in it") }
    if WeightFormatCatalog.format(of: bytes) == ONNXWeights.self { return try onnx(path, options) }
    let dictionary = try weights(path, options)
    guard let keras = KerasImporter(dictionary, size: options.size, interrupt: options.interrupt) else {
      return try model(try architecture(of: dictionary), dictionary, options)
    }
    return try self.keras(keras, dictionary, options)
  }

  /// The tensors of a file.
  static func weights(_ path: String, _ options: ModelOptions) throws(ModelError) -> StateDictionary {
    do throws(FormatError) {
      return try WeightFormatCatalog.read(path: path, for: options.waiter)
    } catch { throw .format(error) }
  }

  /// The last part of a path without its suffix.
  static func name(of path: String) -> String {
    let file = path.split(separator: "/").last ?? Substring(path)
    guard let dot = file.lastIndex(of: "."), dot > file.startIndex else { return String(file) }
    return String(file[..<dot])
  }
}
