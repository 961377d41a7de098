internal import Glibc

/// How long a thread of oneDNN's team spins before it sleeps, at the end of each loop.
///
/// GNU OpenMP's own choice is milliseconds. Where another program has one of the cores, the team then loses a time
/// slice at each loop: with two busy neighbours on two cores EfficientNet-Lite0 takes 470 ms in place of 15 ms. On an idle
/// machine the short wait costs nothing that could be measured.
enum ThreadWaiting {
  private static let variable = "GOMP_SPINCOUNT"
  private static let spins = "1000"

  /// Starts the program anew with short waits, unless somebody has said how long they are.
  ///
  /// The library reads its variable before any code of ours runs, so it has to be there at the start; the kernelspec has it
  /// too. Where the program cannot be started anew it goes on as it is.
  static func makeBrief() {
    guard getenv(variable) == nil, getenv("OMP_WAIT_POLICY") == nil else { return }
    var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink("/proc/self/exe", &path, Int(PATH_MAX)) > 0 else { return }
    setenv(variable, spins, 1)
    execv(path, CommandLine.unsafeArgv)
    unsetenv(variable)
  }
}
