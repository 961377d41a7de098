package import CAMRuntime

/// A command of the language: its declaration and what it does.
///
/// To add one: a file in `Commands/` with a type that conforms, and its line in `CommandCatalog.all`.
package protocol Command: Sendable {
  /// The declaration that parsing, help, completion, inspection and the reference page read.
  var signature: CommandSignature { get }
  /// Does it. What it throws is reported at the place it names, and leaves the session as it was.
  func run(_ call: Call, in context: CommandContext) throws -> CommandResult
}

/// What a command gives.
package struct CommandResult {
  /// Kept as the last result, and under a name by `as`.
  package var value: (any SessionValue)?
  /// Shown unless the line ends with `;`.
  package var bundle: DisplayBundle?

  package init(value: (any SessionValue)? = nil, bundle: DisplayBundle? = nil) {
    self.value = value
    self.bundle = bundle
  }

  /// Nothing to show or to keep.
  package static var nothing: CommandResult { CommandResult() }

  /// A text to show.
  package static func text(_ text: String) -> CommandResult { CommandResult(bundle: .text(text)) }

  /// A value, shown with the session's settings.
  package static func value(_ value: any SessionValue, in context: CommandContext) throws -> CommandResult {
    CommandResult(value: value, bundle: try value.bundle(with: context.session.settings))
  }
}

/// What a running command may touch.
package struct CommandContext {
  package let session: Session
  package let output: any Output
  /// Whether a person can be asked for a line.
  package let allowsInput: Bool

  /// The flag that every loop of a command checks.
  package var interrupt: InterruptFlag { session.interruptFlag }

  /// A progress bar that ends when the returned reporter is finished.
  ///
  /// - Parameters:
  ///   - title: what is being done, such as `train`.
  ///   - total: how many steps there are.
  ///   - unit: what a step is, in the plural, such as `images`; nil shows the share only.
  /// - Returns: the reporter to advance in the loop.
  package func progress(_ title: String, total: Int, unit: String? = "steps") -> ProgressReporter {
    ProgressReporter(title, total: total, unit: unit, output: output, interrupt: interrupt)
  }
}
