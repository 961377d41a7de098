internal import Glibc

/// Writes the kernelspec, so that Jupyter's frontends offer this program.
struct InstallSubcommand: Subcommand {
  let name = "install"
  let usage = "[--user | --sys-prefix | --prefix DIR] [--name NAME]"
  let summary = "tells Jupyter of this kernel; into the active virtual environment, else for this user"

  func run(_ arguments: ProgramArguments) throws(UsageError) -> Int32 {
    let place = try KernelspecPlace(arguments)
    do throws(FileError) {
      let files = try Kernelspec.files(program: Self.program(), name: place.name)
      try FileSystem.makeFolder(place.path)
      for file in files { try FileSystem.write(file.bytes, to: place.path + "/" + file.name) }
      try LabExtension.install(beside: place.folder)
    } catch {
      Terminal.write("camkernel: cannot write '\(error.path)': \(error.reason)\n", to: .stderr)
      return 1
    }
    Terminal.write("installed the kernelspec '\(place.name)' in \(place.path)\n", to: .stdout)
    let colours = LabExtension.folder(beside: place.folder)
    Terminal.write("and JupyterLab's colours for its cells in \(colours)\n", to: .stdout)
    return 0
  }

  /// The path of the running program.
  private static func program() throws(FileError) -> String {
    guard let path = realpath("/proc/self/exe", nil) else {
      throw FileError(path: "/proc/self/exe", code: errno)
    }
    defer { free(path) }
    return String(cString: path)
  }
}

/// Removes the kernelspec.
struct UninstallSubcommand: Subcommand {
  let name = "uninstall"
  let usage = "[--user | --sys-prefix | --prefix DIR] [--name NAME]"
  let summary = "removes what `install` with the same options wrote"

  func run(_ arguments: ProgramArguments) throws(UsageError) -> Int32 {
    let place = try KernelspecPlace(arguments)
    guard FileSystem.exists(place.path + "/kernel.json") else {
      Terminal.write("camkernel: there is no kernelspec in \(place.path)\n", to: .stderr)
      return 1
    }
    for name in Kernelspec.fileNames { unlink(place.path + "/" + name) }
    guard rmdir(place.path) == 0 else {
      let error = FileError(path: place.path, code: errno)
      Terminal.write("camkernel: cannot remove '\(error.path)': \(error.reason)\n", to: .stderr)
      return 1
    }
    LabExtension.removeIfUnused(beside: place.folder)
    Terminal.write("removed the kernelspec '\(place.name)' from \(place.folder)\n", to: .stdout)
    return 0
  }
}
