import Kernel
import Testing

@Suite("the catalogue of commands") struct CatalogTests {
  static let commands = CommandCatalog.all

  @Test("each verb is declared once, in lower case, with a summary")
  func verbs() {
    let verbs = Self.commands.map(\.signature.verb)
    #expect(Set(verbs).count == verbs.count)
    for signature in Self.commands.map(\.signature) {
      #expect(signature.verb == signature.verb.lowercased())
      #expect(!signature.summary.isEmpty && !signature.summary.hasSuffix("."), "\(signature.verb)")
      #expect(!signature.examples.isEmpty, "\(signature.verb) has no example")
    }
  }

  @Test("parameters have help, distinct names, and required ones come first")
  func parameters() {
    for signature in Self.commands.map(\.signature) {
      let names = signature.parameters.map(\.name)
      #expect(Set(names).count == names.count, "\(signature.verb)")
      for parameter in signature.parameters {
        #expect(!parameter.help.isEmpty, "\(signature.verb) \(parameter.name)")
        #expect(parameter.name == parameter.name.lowercased(), "\(signature.verb) \(parameter.name)")
      }
      let isRequired = signature.positionals.map(\.isRequired)
      #expect(isRequired == isRequired.filter { $0 } + isRequired.filter { !$0 }, "\(signature.verb)")
      #expect(signature.positionals.dropLast().allSatisfy { $0.arity == .one }, "\(signature.verb)")
    }
  }

  @Test("every example parses and binds")
  func examples() {
    let vocabulary = Session().vocabulary
    for signature in Self.commands.map(\.signature) {
      for example in signature.examples {
        #expect(Completeness.of(example, in: vocabulary) == .complete, "\(signature.verb): \(example)")
        let cell = Parser.parse(SourceText(example))
        #expect(cell.statements.contains { $0.verb.text == signature.verb }, "\(signature.verb): \(example)")
      }
    }
  }

  @Test("every default is a value of its parameter")
  func defaults() throws {
    let vocabulary = Session().vocabulary
    for setting in SettingCatalog.all {
      #expect(Completeness.of("set \(setting.name)=\(setting.standardText)", in: vocabulary) == .complete)
    }
  }

  @Test("help pages are as recorded", arguments: commands.map(\.signature))
  func help(signature: CommandSignature) throws {
    try expectSnapshot(HelpText.page(of: signature, detailed: true), named: "help-\(signature.verb)")
  }

  @Test("the list of verbs is as recorded")
  func overview() throws {
    try expectSnapshot(HelpText.overview(Session().vocabulary), named: "help")
  }
}
