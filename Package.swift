// swift-tools-version: 6.2
import PackageDescription

/// One place for the settings of every target: Swift 6 mode, warnings are errors. SwiftPM 6.2 lets packages with such flags be
/// depended on by version (Decisions/FlagsInTheManifest).
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  // Small accessors of packed values are called across modules millions of times; exclusive access is
  // checked by the debug builds that the tests run on. See Decisions/HotModulesArePublic.
  .unsafeFlags(
    ["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

let package = Package(
  name: "refold",
  products: [
    .executable(name: "refold", targets: ["refold"]),
    .executable(name: "refold-generate", targets: ["refold-generate"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // The C library; nobody else imports it.
    .target(name: "Platform"),
    // Vectors of bytes, and what else Swift has no words for.
    .target(name: "CBytes"),
    // The nouns.
    .target(name: "EventModel", dependencies: ["CBytes", "Platform"]),

    // A JSON document as a flat tape; the only importer of simdjson.
    .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
    .target(name: "JSONTape", dependencies: ["EventModel", "CBytes", "CSimdjson", "Platform"]),

    // Bytes → records → events → histories.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(name: "EventLog", dependencies: ["EventModel", "JSONTape", "CBytes", "CZlib", "CZstd", "Platform"]),

    // Histories → projections; pure.
    .target(name: "CUnicodeData", exclude: ["generate.py"]),
    .target(name: "CTimeZoneData", exclude: ["tzdb.bin", "generate.py"]),
    .target(name: "TimeZones", dependencies: ["EventModel", "CTimeZoneData"]),
    .target(
      name: "Projections", dependencies: ["EventModel", "JSONTape", "TimeZones", "CUnicodeData", "Platform"]),

    // Rows ⇄ SQLite file; the only importer of SQLite.
    .target(
      name: "SnapshotStore",
      dependencies: [
        "EventModel", "Platform", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),

    // Rows × live rows → differences → causes; pure.
    .target(name: "Reconciliation", dependencies: ["EventModel", "JSONTape", "Platform"]),

    // Values → text and JSON; never prints.
    .target(name: "CReportAssets", exclude: ["report.css", "report.js"]),
    .target(
      name: "Reporting",
      dependencies: ["EventModel", "JSONTape", "CReportAssets", .product(name: "Crypto", package: "swift-crypto")]),

    // Plan → outcome for each command.
    .target(
      name: "RefoldKit",
      dependencies: [
        "EventModel", "JSONTape", "EventLog", "Projections", "Reconciliation", "SnapshotStore", "TimeZones",
        "Platform", "Reporting",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    // The Spark driver, in Python; carried in the binary.
    .target(
      name: "RefoldSpark", path: "Sources/refold-spark", exclude: ["pyproject.toml"],
      resources: [.embedInCode("refold_spark.py")]),
    .target(
      name: "RefoldCommands",
      dependencies: [
        "EventModel", "EventLog", "JSONTape", "Platform", "Projections", "RefoldKit", "RefoldSpark", "Reporting",
        "SnapshotStore", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(name: "refold", dependencies: ["Projections", "RefoldCommands"]),

    // Made-up event logs for benchmarks.
    .executableTarget(
      name: "refold-generate",
      dependencies: ["EventModel", "Platform", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

    .target(
      name: "TestSupport",
      dependencies: [
        "EventModel", "JSONTape", "EventLog", "Projections", "SnapshotStore", "RefoldKit", "Reporting",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      path: "Tests/TestSupport"),
    // A domain of the tests' own, and refold for it.
    .target(
      name: "ExampleDomain", dependencies: ["EventModel", "JSONTape", "Projections"], path: "Tests/ExampleDomain"),
    .executableTarget(
      name: "refold-example", dependencies: ["ExampleDomain", "Projections", "RefoldCommands"],
      path: "Tests/refold-example"),
    .testTarget(name: "EventModelTests", dependencies: ["EventModel", "TestSupport"]),
    .testTarget(name: "JSONTapeTests", dependencies: ["CBytes", "EventModel", "JSONTape", "TestSupport"]),
    .testTarget(
      name: "EventLogTests",
      dependencies: [
        "EventLog", "EventModel", "JSONTape", "Platform", "Projections", "TestSupport", "CZlib", "CZstd",
      ]),
    // Fuzzes the readers; with -sanitize=fuzzer a libFuzzer program, otherwise by itself.
    .target(name: "CFuzzDriver"),
    .executableTarget(
      name: "refold-fuzz",
      dependencies: ["CFuzzDriver", "EventModel", "JSONTape", "EventLog", "Platform", "Projections"]),

    // Tests that run programs.
    .target(name: "ProcessSupport", path: "Tests/ProcessSupport"),
    .testTarget(
      name: "FaultTests", dependencies: ["ProcessSupport", "refold", .product(name: "GRDB", package: "GRDB.swift")]),
    .testTarget(
      name: "PostgresTests", dependencies: ["ProcessSupport", "refold", "JSONTape", "RefoldKit", "Reporting"]),
    .testTarget(name: "FuzzTests", dependencies: ["ProcessSupport", "refold", "refold-fuzz"]),
    .testTarget(name: "MalformedTests", dependencies: ["ProcessSupport", "refold", "EventLog", "EventModel"]),
    .testTarget(name: "TimeZonesTests", dependencies: ["EventModel", "TimeZones"]),
    .testTarget(
      name: "ProjectionsTests", dependencies: ["EventModel", "JSONTape", "Platform", "Projections", "TestSupport"]),
    .testTarget(
      name: "SnapshotStoreTests",
      dependencies: [
        "EventModel", "Platform", "SnapshotStore", "TestSupport", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .testTarget(
      name: "RefoldKitTests",
      dependencies: [
        "EventModel", "JSONTape", "Platform", "Projections", "SnapshotStore", "RefoldKit", "TestSupport",
      ]),
    .testTarget(
      name: "ExplainTests",
      dependencies: [
        "EventModel", "JSONTape", "Projections", "RefoldKit", "Reporting", "TestSupport", "ProcessSupport", "refold",
      ]),
    .testTarget(
      name: "ReportTests",
      dependencies: [
        "EventModel", "JSONTape", "RefoldKit", "Reporting", "SnapshotStore", "TestSupport", "ProcessSupport", "refold",
      ], exclude: ["browser.py"]),
    .testTarget(
      name: "ReconciliationTests", dependencies: ["EventModel", "JSONTape", "Reconciliation", "TestSupport"]),
    .testTarget(
      name: "DiffTests",
      dependencies: [
        "EventModel", "JSONTape", "EventLog", "Projections", "Reconciliation", "RefoldKit", "Reporting",
        "SnapshotStore", "TestSupport",
      ]),
    .testTarget(
      name: "RunbookTests",
      dependencies: [
        "EventModel", "JSONTape", "SnapshotStore", "RefoldKit", "Reporting", "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .testTarget(
      name: "SparkTests",
      dependencies: [
        "EventModel", "JSONTape", "RefoldKit", "Reporting", "SnapshotStore", "ProcessSupport", "TestSupport", "refold",
        "refold-generate", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      exclude: ["cluster.py"]),
    .testTarget(
      name: "CheckTests",
      dependencies: [
        "EventModel", "JSONTape", "Projections", "RefoldKit", "Reporting", "SnapshotStore", "TestSupport",
        "ProcessSupport", "refold", .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),
    .testTarget(
      name: "WitnessTests",
      dependencies: [
        "EventModel", "JSONTape", "Projections", "RefoldKit", "Reporting", "TestSupport", "ProcessSupport", "refold",
      ]),
    .testTarget(name: "CompareTests", dependencies: ["JSONTape", "ProcessSupport", "refold", "refold-example"]),
    // Laws of every projection of every catalogue; the commands on a projection that is added.
    .testTarget(
      name: "CatalogueTests",
      dependencies: [
        "EventModel", "ExampleDomain", "JSONTape", "Projections", "RefoldKit", "Reporting", "SnapshotStore",
        "TestSupport", "ProcessSupport", "refold", "refold-example",
      ]),
    // The repository itself.
    .testTarget(name: "HouseTests", dependencies: ["ProcessSupport"]),
    .testTarget(name: "RefoldTests", dependencies: ["refold", "JSONTape", "ProcessSupport", "TestSupport"]),
  ],
  cxxLanguageStandard: .cxx17
)

for target in package.targets where target.type != .system {
  target.swiftSettings = strict
}

// Microbenchmarks are opt-in: building and testing refold fetches and compiles nothing for them. See benchmarks/README.md.
if Context.environment["REFOLD_BENCHMARKS"] != nil {
  package.dependencies.append(.package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []))
  package.targets.append(
    .executableTarget(
      name: "RefoldBenchmarks",
      dependencies: [
        "EventModel", "JSONTape", "EventLog", "Projections", "SnapshotStore", "Platform",
        .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "benchmarks/micro/Benchmarks/RefoldBenchmarks",  // The plugin wants the name Benchmarks.
      swiftSettings: strict,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]))
  // The coercions are internal to their module.
  for target in package.targets where target.name == "Projections" {
    target.swiftSettings?.append(.unsafeFlags(["-enable-testing"]))
  }
}
