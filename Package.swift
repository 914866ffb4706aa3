// swift-tools-version: 6.1
import PackageDescription

/// Settings of every Swift target: existentials are spelled out and imports stay internal, so that
/// what a room shows to the rooms above it is always said on purpose.
let house: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

func room(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: house)
}

func tests(
  of name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: dependencies + ["TestSupport"],
    exclude: exclude,
    swiftSettings: house
  )
}

let package = Package(
  name: "Graft",
  products: [
    .executable(name: "graft", targets: ["graft"]),
    .library(name: "Graft", targets: ["Advisor", "Reports"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // C: system libraries, then our kernels and the wrappers that keep C's habits inside C.
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CLibJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
    .systemLibrary(name: "CLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CKernels"),
    .target(name: "CImageCodecs", dependencies: ["CLibJPEG", "CLibPNG"]),
    .target(name: "CRuleCatalog"),

    // Swift: arrows point down this list only.
    room("Tensors", ["CKernels", "COpenBLAS"]),
    room("Networks", ["Tensors", "CKernels"]),
    room("Files", ["CLibCrypto"]),
    room("Archives", ["Files", "Tensors", "CZlib"]),
    room("Hub", ["Files"]),
    room(
      "ONNXFormat", [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["onnx.proto"]),
    room(
      "Checkpoints",
      [
        "ONNXFormat", "Hub", "Archives", "Files", "Networks", "Tensors",
        .product(name: "Yams", package: "Yams"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    room("Images", ["CImageCodecs", "Tensors"]),
    room("Datasets", ["Images", "Archives", "Files", "Tensors"]),
    room("Transferability", ["Tensors"]),
    room("Profiling", ["CImageCodecs", "Transferability", "Datasets", "Images", "Tensors"]),
    room("Taxonomy", ["CRuleCatalog", .product(name: "Yams", package: "Yams")]),
    room(
      "FineTuning",
      [
        "Transferability", "Checkpoints", "Files", "Networks", "Datasets", "Images", "Tensors",
        .product(name: "Yams", package: "Yams"),
      ]),
    room(
      "Advisor",
      [
        "FineTuning", "Taxonomy", "Transferability", "Profiling", "Datasets", "Images",
        "Checkpoints", "Networks", "Tensors",
      ]),
    room(
      "Reports",
      [
        "Advisor", "FineTuning", "Taxonomy", "Transferability", "Profiling", "Datasets",
        "Checkpoints", "Hub", "Networks",
      ]),
    .executableTarget(
      name: "graft",
      dependencies: [
        "Advisor", "Reports", "FineTuning", "Taxonomy", "Transferability", "Profiling", "Datasets",
        "Images", "Checkpoints", "Hub", "Files", "Networks", "Tensors",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: house
    ),

    // Tests mirror the rooms.
    .target(name: "TestSupport", dependencies: [], path: "Tests/TestSupport", swiftSettings: house),
    tests(of: "Tensors", ["Tensors", "CKernels"]),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    tests(of: "Networks", ["Networks", "Tensors", "AllocationCounter"], exclude: ["Fixtures"]),
    tests(of: "Files", ["Files"]),
    tests(of: "Hub", ["Hub", "Files"]),
    tests(
      of: "Checkpoints", ["Checkpoints", "Hub", "Archives", "Networks", "Tensors"],
      exclude: ["Fixtures"]),
    .target(
      name: "FuzzTargets", dependencies: ["Checkpoints", "Datasets", "Images", "Archives"],
      path: "Tests/Fuzzing/Targets", swiftSettings: house),
    tests(of: "Fuzz", ["FuzzTargets", "AllocationCounter"]),
    tests(of: "Images", ["Images", "Tensors"], exclude: ["Fixtures"]),
    tests(of: "Archives", ["Archives"]),
    tests(of: "Datasets", ["Datasets", "Archives", "Images", "Tensors"]),
    tests(of: "Profiling", ["Profiling", "Datasets", "Images", "Tensors"]),
    tests(of: "Transferability", ["Transferability", "Tensors"], exclude: ["Fixtures"]),
    tests(of: "Taxonomy", ["Taxonomy"]),
    tests(
      of: "FineTuning",
      [
        "FineTuning", "Transferability", "Checkpoints", "Networks", "Datasets", "Images", "Tensors",
      ]),
    tests(
      of: "Advisor",
      [
        "Advisor", "FineTuning", "Taxonomy", "Transferability", "Profiling", "Checkpoints",
        "Networks", "Datasets", "Images",
      ]),
    tests(
      of: "Reports",
      ["Reports", "FineTuning", "Profiling", "Transferability", "Taxonomy", "Datasets", "Images"]),
    tests(
      of: "graft", ["graft", "Checkpoints", "Networks", "Datasets", "Images", "Tensors"],
      exclude: ["Golden"]),
  ],
  cLanguageStandard: .gnu2x
)

// Fuzzers of the parsers: `scripts/fuzz` builds them with its own flags, nobody else does.
if Context.environment["GRAFT_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzzing",
      exclude: ["Corpus", "Targets"],
      swiftSettings: house))
}
