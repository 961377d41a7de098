internal import CAMRuntime
internal import ModelIO

/// Runs a raw tensor through a model, without pictures, sessions or preprocessing.
struct ForwardSubcommand: Subcommand {
  let name = "forward"
  let computes = true
  let usage =
    "MODEL INPUT.npy OUTPUT.npy [--weights FILE | --random SEED] [--layer NAME] [--gradient CLASS] [--precision fp32|bf16] [--threads N]"
  let summary =
    "writes the logits of a tensor, a layer's value, or the gradient of a class's logit there (at the input without --layer)"

  func run(_ arguments: ProgramArguments) throws(UsageError) -> Int32 {
    let request = try ForwardRequest(arguments)
    do {
      let result = try request.result()
      if let warning = request.warning(about: result) {
        Terminal.write("camkernel: warning: \(TerminalText.safe(warning))\n", to: .stderr)
      }
      try result.withValues { values in
        try NumPyArray.write(shape: result.shape.dimensions, floats: values, to: request.output)
      }
    } catch {
      let text = (error as? Diagnostic).map(Self.text) ?? "\(error)"
      Terminal.write("camkernel: \(TerminalText.safe(text))\n", to: .stderr)
      return 1
    }
    return 0
  }

  /// A mistake with its suggestion; what a notebook offers (in backquotes, or a key) is of no use here.
  private static func text(_ diagnostic: Diagnostic) -> String {
    let hints = diagnostic.hints.filter { !$0.contains("`") && !$0.hasPrefix("Tab ") }
    return ([diagnostic.message] + hints).joined(separator: "; ")
  }
}
