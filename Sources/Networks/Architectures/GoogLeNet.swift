/// GoogLeNet with batch normalisation and without its auxiliary classifiers, as torchvision builds it.
///
/// Where the paper has 5×5 convolutions, torchvision has 3×3. Its weights expect values in −1…1.
///
/// - Reference: Szegedy et al. 2014, arXiv:1409.4842, table 1.
extension Architecture {
  static let googLeNets: [Architecture] = [
    Architecture(
      id: "googlenet", summary: "GoogLeNet (Szegedy et al. 2014, arXiv:1409.4842).",
      input: InputSpecification(
        imageSize: 224, mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5],
        interpolation: .bilinear)
    ) { classCount in
      var graph = GraphBuilder(imageSize: 224)
      func convolution(_ name: String, _ input: Int, _ outputs: Int, _ size: Int, stride: Int = 1)
        -> Int
      {
        graph.normedConvolution(
          name, input, to: outputs,
          window: Window(size: size, stride: stride, padding: .symmetric(size / 2)),
          epsilon: 1e-3, initialization: .normal(standardDeviation: 0.01))
      }
      func pool(_ name: String, _ input: Int, size: Int = 3) -> Int {
        graph.add(name, MaxPool(Window(size: size, stride: 2, ceilMode: true)), input)
      }

      var x = pool("maxpool1", convolution("conv1", graph.input, 64, 7, stride: 2))
      x = convolution("conv3", convolution("conv2", x, 64, 1), 192, 3)
      x = pool("maxpool2", x)
      graph.endStage("stem")
      for stage in modules {
        for module in stage {
          let name = "inception\(module.name)"
          let branches = [
            convolution("\(name).branch1", x, module.one, 1),
            convolution(
              "\(name).branch2.1", convolution("\(name).branch2.0", x, module.before3, 1),
              module.three, 3),
            convolution(
              "\(name).branch3.1", convolution("\(name).branch3.0", x, module.before5, 1),
              module.five, 3),
            convolution(
              "\(name).branch4.1",
              graph.add(
                "\(name).branch4.0", MaxPool(Window(size: 3, padding: .symmetric(1))), x),
              module.pooled, 1),
          ]
          x = graph.add(name, Concatenation(), branches)
        }
        let number = stage[0].name.prefix(1)
        if number == "3" { x = pool("maxpool3", x) }
        if number == "4" { x = pool("maxpool4", x, size: 2) }
        graph.endStage("inception\(number)")
      }
      let features = graph.add("avgpool", GlobalAveragePool(), x)
      return graph.classified(
        "fc", features: features, classCount: classCount,
        initialization: .normal(standardDeviation: 0.01))
    }
  ]

  /// Channels of a module's branches: of the 1×1 convolution, before and of the 3×3, before and of what
  /// was the 5×5, and behind the pooling.
  private typealias Module = (
    name: String, one: Int, before3: Int, three: Int, before5: Int, five: Int, pooled: Int
  )

  private static let modules: [[Module]] = [
    [("3a", 64, 96, 128, 16, 32, 32), ("3b", 128, 128, 192, 32, 96, 64)],
    [
      ("4a", 192, 96, 208, 16, 48, 64), ("4b", 160, 112, 224, 24, 64, 64),
      ("4c", 128, 128, 256, 24, 64, 64), ("4d", 112, 144, 288, 32, 64, 64),
      ("4e", 256, 160, 320, 32, 128, 128),
    ],
    [("5a", 256, 160, 320, 32, 128, 128), ("5b", 384, 192, 384, 48, 128, 128)],
  ]
}
