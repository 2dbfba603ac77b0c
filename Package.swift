// swift-tools-version: 6.1
import Foundation
import PackageDescription

/// libtorch is the one dependency that SwiftPM cannot fetch. `scripts/setup` unpacks it into `.deps/torch`;
/// `LIBTORCH` names any other copy (a CUDA wheel's `torch` folder, pytorch.org's zip). This is the only place that
/// knows its paths.
let environment = ProcessInfo.processInfo.environment
let libtorch = environment["LIBTORCH"] ?? Context.packageDirectory + "/.deps/torch"
/// SwiftPM remembers a manifest's answer as long as its text and the environment stay the same: after another libtorch has come,
/// `--manifest-cache none` asks again, as `make` does.
let hasCUDA = FileManager.default.fileExists(atPath: libtorch + "/lib/libtorch_cuda.so")

/// What libtorch's declarations for GPUs include, as its wheels lie beside it (`scripts/setup`, or a Python's packages). Without all of
/// them there are no CUDA graphs, and GPUs' sums go through main memory.
let cudaHeaders = ["nccl/include", "cu13/include", "cu13/include/cccl"].map { libtorch + "/../nvidia/" + $0 }
let hasCUDAHeaders =
    hasCUDA
    && ["nccl/include/nccl.h", "cu13/include/crt/host_config.h", "cu13/include/cccl/nv/target"].allSatisfy {
        FileManager.default.fileExists(atPath: libtorch + "/../nvidia/" + $0)
    }

let torchHeaders =
    ["\(libtorch)/include", "\(libtorch)/include/torch/csrc/api/include"] + (hasCUDAHeaders ? cudaHeaders : [])
/// Gloo is in libtorch, its headers are not: the README there says more.
let glooDeclarations = Context.packageDirectory + "/Sources/CTorch/gloo-declarations"
let torchLibraries = ["-ltorch_cpu", "-lc10"] + (hasCUDA ? ["-ltorch_cuda", "-lc10_cuda"] : [])

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "wirespace",
    platforms: [.macOS(.v14)],
    products: [
        .executable(name: "wirespace", targets: ["WirespaceCLI"]),
        // For programs of one's own, and for the benchmark. Not "Wirespace": a Mac sees no difference to "wirespace".
        .library(name: "WirespaceLibrary", targets: ["Torch", "Wireframes", "Wirespace"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.30.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
    ],
    targets: [
        .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"]), .brew(["cairo"])]),
        .systemLibrary(
            name: "CLibJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
        .systemLibrary(name: "CLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .systemLibrary(name: "CYAJL", pkgConfig: "yajl", providers: [.apt(["libyajl-dev"]), .brew(["yajl"])]),
        .target(name: "CJPEG", dependencies: ["CLibJPEG"]),
        .target(name: "CPNG", dependencies: ["CLibPNG"], linkerSettings: [.linkedLibrary("z")]),
        .target(
            name: "CTorch",
            exclude: ["gloo-declarations"],
            cxxSettings: [.unsafeFlags(torchHeaders.flatMap { ["-isystem", $0] } + ["-idirafter", glooDeclarations])]
                + (hasCUDAHeaders ? [.define("WIRESPACE_CUDA")] : []),
            linkerSettings: [
                .unsafeFlags(
                    ["-L\(libtorch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(libtorch)/lib"] + torchLibraries)
            ]
        ),
        .target(
            name: "Torch", dependencies: ["CTorch", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: swiftSettings),
        .target(
            name: "Wireframes",
            dependencies: ["CPNG", "CJPEG", "CCairo", "CYAJL", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "TensorBoard",
            dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "Wirespace",
            dependencies: [
                "Torch", "Wireframes", "TensorBoard", "CCairo",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Mustache", package: "swift-mustache"),
                "Yams",
            ],
            resources: [.copy("Resources/vgg16_relu4_3.fp16.safetensors"), .copy("Resources/Report")],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "Explorer",
            dependencies: [
                "Torch", "Wireframes", "Wirespace",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("Resources/Page")],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "Capture",
            dependencies: ["Wireframes", .product(name: "Crypto", package: "swift-crypto")],
            resources: [.copy("Resources/page")],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "WirespaceCLI",
            dependencies: [
                "Capture", "Explorer", "Torch", "Wireframes", "Wirespace",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "TestSupport", dependencies: ["Torch"], path: "Tests/TestSupport", swiftSettings: swiftSettings),
        .testTarget(name: "TorchTests", dependencies: ["Torch", "TestSupport"], swiftSettings: swiftSettings),
        .testTarget(name: "WireframesTests", dependencies: ["Wireframes"], swiftSettings: swiftSettings),
        .testTarget(name: "TensorBoardTests", dependencies: ["TensorBoard"], swiftSettings: swiftSettings),
        .testTarget(
            name: "WirespaceTests",
            dependencies: ["Wirespace", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ExplorerTests",
            dependencies: [
                "Explorer", "Torch", "Wireframes", "Wirespace", "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "CLITests", dependencies: ["Torch", "Wireframes", "Wirespace"], exclude: ["Browser"],
            swiftSettings: swiftSettings),
        .testTarget(name: "CaptureTests", dependencies: ["Capture", "Wireframes"], swiftSettings: swiftSettings),
    ],
    cxxLanguageStandard: .cxx20
)
