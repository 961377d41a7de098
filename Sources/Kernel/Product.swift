/// What this program is called.
package enum Product {
  package static let name = "camkernel"
  package static let version = "0.1.0"
}
