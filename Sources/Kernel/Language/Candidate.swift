/// What can be named in a session: models, images, results, layers, classes and so on.
///
/// A new kind is one constant in an extension; the session knows where its names come from.
package struct NameKind: Sendable, Hashable {
  /// The noun without an article: `layer`, `colour map`.
  package let noun: String

  package init(_ noun: String) { self.noun = noun }

  /// A verb of the language.
  package static let verb = NameKind("verb")
  /// A value kept under a name, of any kind.
  package static let value = NameKind("kept value")
}

/// One thing that could stand at the cursor.
package struct Candidate: Sendable, Hashable {
  /// What it is, in JupyterLab's words.
  package enum Kind: String, Sendable {
    case verb = "function"
    case keyword
    case option = "property"
    case choice = "enum"
    case value = "instance"
    case name = "class"
    case file = "file"
    case folder = "path"
  }

  package let text: String
  package let kind: Kind

  package init(_ text: String, kind: Kind) {
    self.text = text
    self.kind = kind
  }
}

/// An entry of a folder, its path as a person would write it.
package struct PathEntry: Sendable, Hashable {
  package let path: String
  package let isFolder: Bool

  package init(path: String, isFolder: Bool) {
    self.path = path
    self.isFolder = isFolder
  }
}

/// What completion may ask of the session.
package protocol CompletionState: AnyObject {
  /// The names of a kind that could stand in a statement.
  func names(_ kind: NameKind, in statement: Statement?) -> [Candidate]
  /// Entries of the folder that a beginning of a path names.
  func entries(startingWith path: String) -> [PathEntry]
}

/// Where a value is completed: the statement so far, the beginning of the word, and the session.
package struct CompletionScope {
  package let statement: Statement?
  package let prefix: String
  private let state: any CompletionState

  package init(statement: Statement?, prefix: String, state: any CompletionState) {
    self.statement = statement
    self.prefix = prefix
    self.state = state
  }

  package func names(_ kind: NameKind) -> [Candidate] { state.names(kind, in: statement) }
  package func entries(startingWith path: String) -> [PathEntry] { state.entries(startingWith: path) }

  /// The first value that the statement gives to an option, such as `model=`.
  package func value(of option: String) -> Word? {
    statement?.arguments.first { $0.key?.text.lowercased() == option }?.values.first
  }
}
