/// What the kernelspec starts.
struct KernelSubcommand: Subcommand {
  let name = "kernel"
  let computes = true
  let usage = "-f CONNECTION_FILE"
  let summary = "serves a Jupyter frontend; the kernelspec starts it, people need not"

  func run(_ arguments: ProgramArguments) throws(UsageError) -> Int32 {
    var arguments = arguments
    let option = try arguments.takeValue("-f", "--connection-file")
    let rest = try arguments.positionals(atMost: option == nil ? 1 : 0)
    guard let path = option ?? rest.first else { throw UsageError("the connection file is missing") }
    return KernelServer.serve(connectionFile: path, interpreter: Session())
  }
}
