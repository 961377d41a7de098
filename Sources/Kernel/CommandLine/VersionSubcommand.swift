/// Tells the version.
struct VersionSubcommand: Subcommand {
  let name = "version"
  let usage = ""
  let summary = "tells the version"

  func run(_ arguments: ProgramArguments) throws(UsageError) -> Int32 {
    _ = try arguments.positionals(atMost: 0)
    Terminal.write("\(KernelIdentity.implementation) \(KernelIdentity.version)\n", to: .stdout)
    return 0
  }
}

/// Prints the reference page of the language; `make docs` writes it to docs/commands.md.
struct ReferenceSubcommand: Subcommand {
  let name = "reference"
  let usage = ""
  let summary = "prints the reference page of the command language as Markdown"

  func run(_ arguments: ProgramArguments) throws(UsageError) -> Int32 {
    _ = try arguments.positionals(atMost: 0)
    Terminal.write(ReferencePage.markdown(of: Session().vocabulary), to: .stdout)
    return 0
  }
}
