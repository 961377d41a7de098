/// What the kernel says about itself.
package enum KernelIdentity {
  package static let implementation = "camkernel"
  package static let version = "0.1.0"
  package static let language = "cam"
  package static let mimeType = "text/x-cam"
  package static let fileExtension = ".cam"

  package static let banner = """
    camkernel \(version): explains convolutional networks (Ablation-CAM, Grad-CAM and relatives)
    Three lines give a heatmap: `model NAME`, `image PATH`, `ablation-cam`. `help` lists the commands.
    """

  /// The content of kernel_info_reply.
  static let reply = KernelInfoRequest.Reply([
    "protocol_version": .string(MessageComposer.protocolVersion), "implementation": .string(implementation),
    "implementation_version": .string(version), "language_info": languageInfo, "banner": .string(banner),
    "debugger": false, "help_links": helpLinks, "supported_features": [],
  ])

  /// What frontends know the language by.
  ///
  /// JupyterLab colours by `codemirror_mode`: our own extension's language, or where that is not installed, one that it knows;
  /// nbconvert colours by `pygments_lexer`. Of the languages that they know, these have our comments and texts, take a decimal
  /// number with its exponent for one, and words with hyphens or with points stay whole.
  private static let languageInfo: JSONValue = [
    "name": .string(language), "version": .string(version), "mimetype": .string(mimeType),
    "file_extension": .string(fileExtension), "pygments_lexer": "r",
    "codemirror_mode": ["name": .string(language), "mime": "application/x-powershell"],
    "nbconvert_exporter": "script",
  ]

  private static let helpLinks: JSONValue = [
    [
      "text": "Ablation-CAM (Desai and Ramaswamy, 2020)",
      "url": "https://doi.org/10.1109/WACV45572.2020.9093360",
    ],
    ["text": "Grad-CAM (Selvaraju et al., 2017)", "url": "https://arxiv.org/abs/1610.02391"],
    ["text": "Jupyter messaging", "url": "https://jupyter-client.readthedocs.io/en/stable/messaging.html"],
  ]
}
