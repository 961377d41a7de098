package import CAMRuntime
internal import ModelIO

/// A built-in network's name, a kept model, or a path.
struct ModelNameValue: CellValue {
  let noun = "the name of a network or a path"
  let placeholder = "NAME"
  func read(_ word: Word) throws(Diagnostic) -> Word { try PathValue().read(word) }
  func text(of value: Word) -> String { StringLiteral.written(value.text) }

  func candidates(in scope: CompletionScope) -> [Candidate] {
    scope.names(.model)
      + PathValue(suffixes: [
        ".onnx", ".safetensors", ".pth", ".pt", ".ckpt", ".h5", ".keras", ".npz", ".json",
      ])
      .candidates(in: scope)
  }
}

/// A list of class names: built in, or a file with one a line.
struct LabelsValue: CellValue {
  let noun = "imagenet, cifar10, cifar100 or a path of a file with a name a line"
  let placeholder = "LIST"
  func read(_ word: Word) throws(Diagnostic) -> Word { try PathValue().read(word) }
  func text(of value: Word) -> String { StringLiteral.written(value.text) }

  func candidates(in scope: CompletionScope) -> [Candidate] {
    ClassList.builtIn.map { Candidate($0.name, kind: .choice) } + PathValue().candidates(in: scope)
  }
}

/// Height and width of an input: `224`, or `224x320` for height 224 and width 320.
package struct SizeValue: CellValue {
  package init() {}
  package var noun: String { "a size such as 224 or 224x320 (height x width), at most 16384" }
  package var placeholder: String { "HxW" }

  package func read(_ word: Word) throws(Diagnostic) -> ImageSize {
    let sides = word.text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count <= 2, let height = sides.first ?? nil, let width = sides.last ?? nil,
      (1...16_384).contains(height), (1...16_384).contains(width)
    else { throw .badValue(word, expected: noun) }
    return ImageSize(height: height, width: width)
  }
  package func text(of value: ImageSize) -> String { value.description }
}

/// A picture's file, a glob, or a kept image.
struct ImageNameValue: CellValue {
  let noun = "a picture's path or a kept image"
  let placeholder = "IMAGE"
  func read(_ word: Word) throws(Diagnostic) -> Word { try PathValue().read(word) }
  func text(of value: Word) -> String { StringLiteral.written(value.text) }

  func candidates(in scope: CompletionScope) -> [Candidate] {
    scope.names(.image) + PathValue(suffixes: [".png", ".jpg", ".jpeg", ".webp"]).candidates(in: scope)
  }
}
