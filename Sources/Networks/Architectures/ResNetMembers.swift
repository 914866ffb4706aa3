/// The ResNets of timm's registry, each with the input that its default weights expect.
extension Architecture {
  static let resNets: [Architecture] = members.map { net in
    // Anti-aliasing has no parameters.
    let plain = net.id.removing(["aa", "blur"])
    let isTwin = plain != net.id && members.contains { $0.id == plain }
    return Architecture(
      id: net.id, summary: net.summary, input: net.input, sameParametersAs: isTwin ? plain : nil,
      builder: net.graph(classCount:))
  }

  private static let members: [ResNet] = [
    resNet("resnet10t", .basic, [1, 1, 1, 1], .t, size: 176),
    resNet("resnet14t", .bottleneck, [1, 1, 1, 1], .t, size: 176),
    resNet("resnet18", .basic, [2, 2, 2, 2], crop: 0.95),
    resNet("resnet18d", .basic, [2, 2, 2, 2], .d),
    resNet("resnet34", .basic, [3, 4, 6, 3], crop: 0.95),
    resNet("resnet34d", .basic, [3, 4, 6, 3], .d),
    resNet("resnet26", .bottleneck, [2, 2, 2, 2]),
    resNet("resnet26t", .bottleneck, [2, 2, 2, 2], .t, size: 256, crop: 0.94),
    resNet("resnet26d", .bottleneck, [2, 2, 2, 2], .d),
    resNet("resnet50", .bottleneck, [3, 4, 6, 3], crop: 0.95),
    resNet("resnet50c", .bottleneck, [3, 4, 6, 3], .c),
    resNet("resnet50d", .bottleneck, [3, 4, 6, 3], .d),
    resNet("resnet50s", .bottleneck, [3, 4, 6, 3], .s),
    resNet("resnet50t", .bottleneck, [3, 4, 6, 3], .t),
    resNet("resnet101", .bottleneck, [3, 4, 23, 3], crop: 0.95),
    resNet("resnet101c", .bottleneck, [3, 4, 23, 3], .c),
    resNet("resnet101d", .bottleneck, [3, 4, 23, 3], .d, size: 256, crop: 0.95),
    resNet("resnet101s", .bottleneck, [3, 4, 23, 3], .s),
    resNet("resnet152", .bottleneck, [3, 8, 36, 3], crop: 0.95),
    resNet("resnet152c", .bottleneck, [3, 8, 36, 3], .c),
    resNet("resnet152d", .bottleneck, [3, 8, 36, 3], .d, size: 256, crop: 0.95),
    resNet("resnet152s", .bottleneck, [3, 8, 36, 3], .s),
    resNet("resnet200", .bottleneck, [3, 24, 36, 3]),
    resNet("resnet200d", .bottleneck, [3, 24, 36, 3], .d, size: 256, crop: 0.95),
    resNet("wide_resnet50_2", .bottleneck, [3, 4, 6, 3], width: 128),
    resNet("wide_resnet101_2", .bottleneck, [3, 4, 23, 3], width: 128, .bilinear),
    resNet("resnet50_gn", .bottleneck, [3, 4, 6, 3], crop: 0.94) { $0.normalizesGroups = true },

    resNet("resnext50_32x4d", .bottleneck, [3, 4, 6, 3], groups: 32, width: 4, crop: 0.95),
    resNet("resnext50d_32x4d", .bottleneck, [3, 4, 6, 3], .d, groups: 32, width: 4),
    resNet("resnext101_32x4d", .bottleneck, [3, 4, 23, 3], groups: 32, width: 4, .bilinear),
    resNet("resnext101_32x8d", .bottleneck, [3, 4, 23, 3], groups: 32, width: 8, .bilinear),
    resNet("resnext101_32x16d", .bottleneck, [3, 4, 23, 3], groups: 32, width: 16, .bilinear),
    resNet("resnext101_32x32d", .bottleneck, [3, 4, 23, 3], groups: 32, width: 32, .bilinear),
    resNet("resnext101_64x4d", .bottleneck, [3, 4, 23, 3], groups: 64, width: 4, crop: 0.95),

    resNet("seresnet18", .basic, [2, 2, 2, 2], attention: 16),
    resNet("seresnet34", .basic, [3, 4, 6, 3], attention: 16),
    resNet("seresnet50", .bottleneck, [3, 4, 6, 3], attention: 16, crop: 0.95),
    resNet("seresnet50t", .bottleneck, [3, 4, 6, 3], .t, attention: 16),
    resNet("seresnet101", .bottleneck, [3, 4, 23, 3], attention: 16),
    resNet("seresnet152", .bottleneck, [3, 8, 36, 3], attention: 16),
    resNet("seresnet152d", .bottleneck, [3, 8, 36, 3], .d, attention: 16, size: 256, crop: 0.95),
    resNet("seresnet200d", .bottleneck, [3, 24, 36, 3], .d, attention: 16, size: 256),
    resNet("seresnet269d", .bottleneck, [3, 30, 48, 8], .d, attention: 16, size: 256),
    resNet(
      "seresnext26d_32x4d", .bottleneck, [2, 2, 2, 2], .d, groups: 32, width: 4, attention: 16),
    resNet(
      "seresnext26t_32x4d", .bottleneck, [2, 2, 2, 2], .t, groups: 32, width: 4, attention: 16),
    resNet("seresnext50_32x4d", .bottleneck, [3, 4, 6, 3], groups: 32, width: 4, attention: 16),
    resNet("seresnext101_32x4d", .bottleneck, [3, 4, 23, 3], groups: 32, width: 4, attention: 16),
    resNet(
      "seresnext101_32x8d", .bottleneck, [3, 4, 23, 3], groups: 32, width: 8, attention: 16,
      crop: 0.95),
    resNet(
      "seresnext101d_32x8d", .bottleneck, [3, 4, 23, 3], .d, groups: 32, width: 8, attention: 16,
      crop: 0.95),
    resNet("seresnext101_64x4d", .bottleneck, [3, 4, 23, 3], groups: 64, width: 4, attention: 16),
    resNet("senet154", .bottleneck, [3, 8, 36, 3], .s, groups: 64, width: 4, attention: 16) {
      $0.firstReduction = 2
      $0.shortcutKernel = 3
    },

    resNet("resnetblur18", .basic, [2, 2, 2, 2]) { $0.smoothing = .blur },
    resNet("resnetblur50", .bottleneck, [3, 4, 6, 3]) { $0.smoothing = .blur },
    resNet("resnetblur50d", .bottleneck, [3, 4, 6, 3], .d) { $0.smoothing = .blur },
    resNet("resnetblur101d", .bottleneck, [3, 4, 23, 3], .d) { $0.smoothing = .blur },
    resNet("resnetaa34d", .basic, [3, 4, 6, 3], .d) { $0.smoothing = .average },
    resNet("resnetaa50", .bottleneck, [3, 4, 6, 3], crop: 0.95) { $0.smoothing = .average },
    resNet("resnetaa50d", .bottleneck, [3, 4, 6, 3], .d, crop: 0.95) { $0.smoothing = .average },
    resNet("resnetaa101d", .bottleneck, [3, 4, 23, 3], .d, crop: 0.95) {
      $0.smoothing = .average
    },
    resNet("seresnetaa50d", .bottleneck, [3, 4, 6, 3], .d, attention: 16) {
      $0.smoothing = .average
    },
    resNet(
      "seresnextaa101d_32x8d", .bottleneck, [3, 4, 23, 3], .d, groups: 32, width: 8,
      attention: 16, size: 288, crop: 0.95
    ) { $0.smoothing = .average },
    resNet(
      "seresnextaa201d_32x8d", .bottleneck, [3, 24, 36, 4], .e, groups: 32, width: 8,
      attention: 16, size: 384, crop: 1
    ) { $0.smoothing = .average },

    resNet("test_resnet", .basic, [1, 1, 1, 1], .d, size: 160, crop: 0.95, .bilinear) {
      $0.blocks[2] = .bottleneck
      $0.widths = [32, 48, 48, 96]
      $0.stem = .deep(16, 16, 32)
      $0.input.mean = [0.5, 0.5, 0.5]
      $0.input.standardDeviation = [0.5, 0.5, 0.5]
    },

    resNetRS(50, [3, 4, 6, 3], size: 160, crop: 0.91),
    resNetRS(101, [3, 4, 23, 3], size: 192, crop: 0.94),
    resNetRS(152, [3, 8, 36, 3], size: 256),
    resNetRS(200, [3, 24, 36, 3], size: 256),
    resNetRS(270, [4, 29, 53, 4], size: 256),
    resNetRS(350, [4, 36, 72, 4], size: 288),
    resNetRS(420, [4, 44, 87, 4], size: 320),
  ]

  /// The letter behind a depth, which says what stem it has and whether shortcuts average.
  private enum Style {
    case plain, c, d, e, s, t

    var stem: ResNet.Stem {
      switch self {
      case .plain: .plain
      case .c, .d: .deep(32, 32, 64)
      case .t: .deep(24, 32, 64)
      case .e, .s: .deep(64, 64, 128)
      }
    }

    var averagesShortcuts: Bool { [.d, .e, .t].contains(self) }
  }

  private static func resNet(
    _ id: String, _ block: ResNet.Block, _ depths: [Int], _ style: Style = .plain,
    groups: Int = 1, width: Int = 64, attention: Int? = nil, size: Int = 224, crop: Double = 0.875,
    _ interpolation: InputSpecification.Interpolation = .bicubic,
    _ change: (inout ResNet) -> Void = { _ in }
  ) -> ResNet {
    var net = ResNet(
      id: id, blocks: depths.map { _ in block }, depths: depths,
      input: InputSpecification(
        imageSize: size, cropPercent: crop, interpolation: interpolation),
      stem: style.stem, averagesShortcuts: style.averagesShortcuts, groups: groups,
      groupWidth: width, attentionReduction: attention)
    change(&net)
    return net
  }

  /// - Reference: Bello et al. 2021, arXiv:2103.07579.
  private static func resNetRS(
    _ number: Int, _ depths: [Int], size: Int, crop: Double = 1
  ) -> ResNet {
    resNet("resnetrs\(number)", .bottleneck, depths, .d, attention: 4, size: size, crop: crop) {
      $0.convolvesStemPool = true
    }
  }
}

extension ResNet {
  /// One sentence about the network, with its source.
  fileprivate var summary: String {
    let layers = zip(blocks, depths).reduce(2) { $0 + $1.0.convolutions * $1.1 }
    let family: (String, String) =
      if convolvesStemPool {
        ("ResNet-RS", "Bello et al. 2021, arXiv:2103.07579")
      } else if attentionReduction != nil {
        (groups > 1 ? "SE-ResNeXt" : "SE-ResNet", "Hu et al. 2017, arXiv:1709.01507")
      } else if groups > 1 {
        ("ResNeXt", "Xie et al. 2016, arXiv:1611.05431")
      } else if groupWidth > 64 {
        ("Wide ResNet", "Zagoruyko & Komodakis 2016, arXiv:1605.07146")
      } else {
        ("ResNet", "He et al. 2015, arXiv:1512.03385")
      }
    let details = [
      groups > 1 ? "\(groups) groups" : nil, stem == .plain ? nil : "a stem of 3×3 convolutions",
      averagesShortcuts ? "averaging shortcuts" : nil,
      smoothing == .none ? nil : "anti-aliased strides",
      normalizesGroups ? "group normalisation" : nil,
    ].compactMap { $0 }
    let with = details.isEmpty ? "" : " with " + details.joined(separator: ", ")
    return "\(family.0) of \(layers) layers\(with) (\(family.1))."
  }
}

extension String {
  /// The text without the first place where each of these occurs.
  fileprivate func removing(_ parts: [String]) -> String {
    parts.reduce(into: self) { text, part in
      if let place = text.firstRange(of: part) { text.removeSubrange(place) }
    }
  }
}
