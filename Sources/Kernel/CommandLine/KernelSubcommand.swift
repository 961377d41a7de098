/// What the kernelspec starts.
struct KernelSubcommand: Subcommand {
  let name = "kernel"
  let computes = true
  let usage = "-f CONNECTION_FILE"
  let summary = "serves a Jupyter frontend; the kernelspec starts it, people need not"

  func run(_ arguments: ProgramArguments) throws(UsageError) -> Int32 {
    var arguments = arguments
    if let path = try arguments.takeValue("-f", "--connection-file") {
      // What follows is not for us: `jupyter run` and `jupyter console` hand on what they do not know.
      return KernelServer.serve(connectionFile: path, interpreter: Session())
    }
    guard let path = try arguments.positionals(atMost: 1).first else {
      throw UsageError("the connection file is missing")
    }
    return KernelServer.serve(connectionFile: path, interpreter: Session())
  }
}
