// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that building Wirespace does not build its benchmark. SwiftPM lets a package that is named by
// a path keep the unsafe flags that find libtorch.
let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v14)],
    dependencies: [.package(name: "wirespace", path: "..")],
    targets: [
        .executableTarget(
            name: "bench-training",
            dependencies: [.product(name: "WirespaceLibrary", package: "wirespace")],
            path: "Sources/BenchTraining",
            swiftSettings: [
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ]
        )
    ]
)
