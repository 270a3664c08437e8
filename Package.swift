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
    ["-cross-module-optimization", "-enforce-exclusivity=unchecked", "-Xfrontend", "-function-sections"],
    .when(configuration: .release)),
]

/// The commit for `refold --version`, which `.ci/package` gives: SwiftPM keeps what it knows of a manifest across commits, and
/// `Context.gitInformation` would name an old one.
let commit: [CSetting] = Context.environment["REFOLD_COMMIT"].map { [.define("REFOLD_COMMIT", to: "\"\($0)\"")] } ?? []

let package = Package(
  name: "refold",
  platforms: [.macOS(.v15)],  // Mutex and Atomic.
  products: [
    .executable(name: "refold", targets: ["refold"]),
    // Refold for a domain of one's own: what folds, and the commands.
    .library(name: "Refold", targets: ["RefoldKit"]),
    .executable(name: "refold-generate", targets: ["refold-generate"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // The C library; nobody else imports it.
    .target(name: "Platform"),
    // Vectors of bytes, and what else Swift has no words for.
    .target(name: "CBytes"),
    // SHA-256, and the hashes of others' formats.
    .target(name: "CHashing"),
    .target(name: "Hashing", dependencies: ["CHashing"]),
    // The nouns.
    .target(name: "EventModel", dependencies: ["CBytes", "Platform"]),

    // A JSON document as a flat tape; the only importer of simdjson.
    .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
    .target(name: "JSONTape", dependencies: ["CBytes", "CSimdjson", "EventModel", "Platform"]),

    // Bytes → records → events → histories.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
    // gzip again, faster, where its library is.
    .target(name: "CIsal"),
    .target(
      name: "EventLog", dependencies: ["CBytes", "CIsal", "CZlib", "CZstd", "EventModel", "JSONTape", "Platform"]),

    // Histories → projections; pure.
    .target(name: "CUnicodeData", exclude: ["generate.py"]),
    .target(name: "CTimeZoneData", exclude: ["tzdb.bin", "generate.py"]),
    .target(name: "TimeZones", dependencies: ["CTimeZoneData", "EventModel"]),
    // Values → text and JSON, as every room writes them.
    .target(name: "Formatting", dependencies: ["EventModel", "JSONTape"]),
    .target(name: "Folding", dependencies: ["EventModel", "Formatting", "JSONTape"]),
    // How Python reads JSON.
    .target(name: "PythonValues", dependencies: ["CUnicodeData", "EventModel", "Folding", "JSONTape", "Platform"]),
    // The domain: the projections of a fitness platform.
    .target(
      name: "Fitness",
      dependencies: ["EventModel", "Folding", "Formatting", "JSONTape", "PythonValues", "TimeZones"]),

    // Rows ⇄ SQLite file; the only importer of SQLite.
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite3"])]),
    .target(name: "SnapshotStore", dependencies: ["CSQLite", "EventModel", "Hashing", "Platform"]),

    // Rows × live rows → differences → causes; pure.
    .target(name: "Reconciliation", dependencies: ["EventModel", "JSONTape", "Platform"]),

    // Values → text, JSON, JUnit and Markdown; never prints.
    .target(name: "Reporting", dependencies: ["EventModel", "Folding", "Formatting", "JSONTape"]),

    // Values → HTML pages.
    .target(name: "CReportAssets", exclude: ["report.css", "report.js"]),
    .target(
      name: "Pages",
      dependencies: ["CReportAssets", "EventModel", "Formatting", "Hashing", "Reporting"]),

    // What every command runs with: threads, progress, files, errors.
    .target(name: "Running", dependencies: ["EventLog", "EventModel", "JSONTape", "Platform", "SnapshotStore"]),

    // Calls of the C library that its module does not have.
    .target(name: "CSystem"),
    // Reducers that run as programs.
    .target(
      name: "Programs",
      dependencies: ["CSystem", "EventModel", "Folding", "Hashing", "JSONTape", "Platform", "Running", "SnapshotStore"]),

    // What the program was built from.
    .target(name: "CBuild", cSettings: commit),
    // Log → snapshot, whole or in parts.
    .target(
      name: "Rebuilding",
      dependencies: [
        "CBuild", "EventLog", "EventModel", "Folding", "Formatting", "Hashing", "JSONTape", "Platform", "Programs",
        "Reporting", "Running", "SnapshotStore", "TimeZones",
      ]),

    // Snapshot × live rows → differences with their causes; log → what changes, where a row comes from.
    .target(
      name: "Comparing",
      dependencies: [
        "EventLog", "EventModel", "Folding", "Formatting", "Hashing", "JSONTape", "Platform", "Programs", "Rebuilding",
        "Reconciliation", "Reporting", "Running", "SnapshotStore",
      ]),

    // Log → what happened to each event, and where a row comes from.
    .target(
      name: "Explaining",
      dependencies: [
        "Comparing", "EventLog", "EventModel", "Folding", "Formatting", "JSONTape", "Platform", "Rebuilding",
        "Reconciliation", "Reporting", "Running", "SnapshotStore",
      ]),

    // Snapshot × jobs → coverage, lag, plan, repair.
    .target(
      name: "Runbooks",
      dependencies: [
        "Comparing", "EventLog", "EventModel", "Folding", "Formatting", "Hashing", "JSONTape", "Platform",
        "PythonValues", "Rebuilding", "Reporting", "Running", "SnapshotStore",
      ]),

    // Snapshot, or a diff → what a report shows of it.
    .target(
      name: "Surveying",
      dependencies: [
        "Comparing", "EventLog", "EventModel", "Explaining", "Folding", "Formatting", "JSONTape", "Rebuilding",
        "Reconciliation", "Reporting", "Runbooks", "Running", "SnapshotStore",
      ]),

    // Case → what came of it, and cases made of differences.
    .target(
      name: "Cases",
      dependencies: [
        "Comparing", "EventLog", "EventModel", "Explaining", "Folding", "Formatting", "Hashing", "JSONTape", "Platform",
        "Programs", "PythonValues", "Rebuilding", "Reconciliation", "Reporting", "Runbooks", "Running", "SnapshotStore",
        "TimeZones",
      ]),

    // The Spark driver, in Python; carried in the binary.
    .target(name: "CSparkDriver"),
    .target(
      name: "RefoldSpark", dependencies: ["CSparkDriver", "Platform", "Running"], path: "Sources/refold-spark",
      exclude: ["pyproject.toml", "refold_spark.py"]),
    .target(
      name: "RefoldKit",
      dependencies: [
        "Cases", "Comparing", "EventLog", "EventModel", "Explaining", "Folding", "Formatting", "JSONTape", "Pages",
        "Platform",
        "Programs", "Rebuilding", "RefoldSpark", "Reporting", "Runbooks", "Running", "SnapshotStore", "Surveying",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "refold", dependencies: ["Fitness", "RefoldKit"],
      // Nothing looks for symbols in the program; SwiftPM would export all of them, which keeps them in it (Decisions/LeanBuild).
      linkerSettings: [
        .unsafeFlags(
          ["-use-ld=lld", "-Xlinker", "--no-export-dynamic"], .when(platforms: [.linux], configuration: .release))
      ]),

    // Made-up event logs for benchmarks.
    .executableTarget(
      name: "refold-generate",
      dependencies: ["EventModel", "Platform", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

    .target(
      name: "TestSupport",
      dependencies: [
        "Cases", "EventLog", "EventModel", "Fitness", "Folding", "Hashing", "JSONTape", "Rebuilding", "Reporting",
        "Running", "SnapshotStore",
      ],
      path: "Tests/TestSupport"),
    // A domain of the tests' own, and refold for it.
    .target(
      name: "ExampleDomain", dependencies: ["EventModel", "Fitness", "Folding", "JSONTape", "PythonValues"],
      path: "Tests/ExampleDomain"),
    .executableTarget(
      name: "refold-example", dependencies: ["ExampleDomain", "Fitness", "RefoldKit"],
      path: "Tests/refold-example"),
    // A domain that has nothing to do with fitness, made with the library's public API alone, and refold for it.
    .target(name: "BankDomain", dependencies: ["RefoldKit"], path: "Tests/BankDomain"),
    .executableTarget(name: "refold-bank", dependencies: ["BankDomain", "RefoldKit"], path: "Tests/refold-bank"),
    .testTarget(name: "ExpectedTests", dependencies: ["EventModel", "JSONTape", "ProcessSupport", "refold"]),
    .testTarget(
      name: "BankTests",
      dependencies: ["BankDomain", "EventModel", "JSONTape", "ProcessSupport", "refold-bank", "RefoldKit"]),
    .testTarget(name: "EventModelTests", dependencies: ["EventModel", "TestSupport"]),
    .testTarget(name: "JSONTapeTests", dependencies: ["CBytes", "EventModel", "JSONTape", "TestSupport"]),
    .testTarget(
      name: "EventLogTests",
      dependencies: [
        "CZlib", "CZstd", "EventLog", "EventModel", "Fitness", "Folding", "JSONTape", "Platform", "TestSupport",
      ]),
    // Fuzzes the readers; with -sanitize=fuzzer a libFuzzer program, otherwise by itself.
    .target(name: "CFuzzDriver"),
    .executableTarget(
      name: "refold-fuzz",
      dependencies: ["CFuzzDriver", "EventLog", "EventModel", "Fitness", "Folding", "JSONTape", "Platform"]),

    // Tests that run programs.
    .target(name: "ProcessSupport", path: "Tests/ProcessSupport"),
    // Tests that look into SQLite files.
    .target(name: "SQLiteSupport", dependencies: ["CSQLite"], path: "Tests/SQLiteSupport"),
    .testTarget(
      name: "FaultTests",
      dependencies: ["ProcessSupport", "refold", "SnapshotStore", "SQLiteSupport"]),
    .testTarget(
      name: "PostgresTests", dependencies: ["JSONTape", "ProcessSupport", "refold", "Reporting", "Runbooks"]),
    // C compiled for other machines, and run by qemu.
    .testTarget(
      name: "CBytesTests", dependencies: ["ProcessSupport"],
      exclude: ["driver.c", "hashing.c", "system.c"]),
    .testTarget(name: "HashingTests", dependencies: ["CHashing", "Hashing", "ProcessSupport"]),
    .testTarget(name: "FuzzTests", dependencies: ["ProcessSupport", "refold", "refold-fuzz"]),
    .testTarget(name: "MalformedTests", dependencies: ["EventLog", "EventModel", "ProcessSupport", "refold"]),
    .testTarget(name: "TimeZonesTests", dependencies: ["EventModel", "TimeZones"]),
    .testTarget(
      name: "PythonValuesTests",
      dependencies: ["EventModel", "Folding", "Platform", "PythonValues", "TestSupport"]),
    .testTarget(
      name: "FitnessTests",
      dependencies: ["Fitness", "Folding", "TestSupport"]),
    .testTarget(
      name: "SnapshotStoreTests",
      dependencies: ["EventModel", "Hashing", "Platform", "SnapshotStore", "SQLiteSupport", "TestSupport"]),
    .testTarget(
      name: "RebuildingTests",
      dependencies: [
        "EventLog", "EventModel", "Fitness", "Folding", "JSONTape", "Platform", "Rebuilding", "Running",
        "SnapshotStore", "TestSupport",
      ]),
    .testTarget(
      name: "ExplainTests",
      dependencies: [
        "Comparing", "Explaining", "EventModel", "Fitness", "Folding", "JSONTape", "ProcessSupport", "refold",
        "Reporting", "Running",
        "TestSupport",
      ]),
    .testTarget(
      name: "ReportTests",
      dependencies: [
        "Comparing", "EventModel", "Explaining", "Fitness", "Folding", "JSONTape", "Pages", "ProcessSupport",
        "Rebuilding", "refold",
        "Reporting", "Runbooks", "Running", "SnapshotStore", "SQLiteSupport", "Surveying", "TestSupport",
      ], exclude: ["browser.py"]),
    .testTarget(
      name: "ReconciliationTests", dependencies: ["EventModel", "JSONTape", "Reconciliation", "TestSupport"]),
    .testTarget(
      name: "DiffTests",
      dependencies: [
        "Cases", "Comparing", "EventLog", "EventModel", "Fitness", "Folding", "JSONTape", "Rebuilding",
        "ProcessSupport", "Reconciliation", "Reporting", "Running", "SnapshotStore", "TestSupport",
      ]),
    .testTarget(
      name: "RunbookTests",
      dependencies: [
        "Comparing", "EventModel", "Fitness", "Folding", "JSONTape", "Rebuilding", "Reporting", "Runbooks", "Running",
        "SnapshotStore", "SQLiteSupport", "TestSupport",
      ]),
    .testTarget(
      name: "SparkTests",
      dependencies: [
        "EventModel", "Fitness", "JSONTape", "ProcessSupport", "Rebuilding", "refold", "refold-generate", "Reporting",
        "Running", "SnapshotStore", "SQLiteSupport", "TestSupport",
      ],
      exclude: ["cluster.py"]),
    .testTarget(
      name: "CheckTests",
      dependencies: [
        "Cases", "EventModel", "Fitness", "Folding", "JSONTape", "ProcessSupport", "Rebuilding", "refold", "Reporting",
        "Running", "SnapshotStore", "SQLiteSupport", "TestSupport",
      ]),
    .testTarget(
      name: "WitnessTests",
      dependencies: [
        "Cases", "EventModel", "Fitness", "Folding", "JSONTape", "ProcessSupport", "refold", "Reporting", "Running",
        "TestSupport",
      ]),
    .testTarget(name: "CompareTests", dependencies: ["JSONTape", "ProcessSupport", "refold", "refold-example"]),
    // Laws of every projection of every catalogue; the commands on a projection that is added.
    .testTarget(
      name: "CatalogueTests",
      dependencies: [
        "Comparing", "EventModel", "ExampleDomain", "Fitness", "Folding", "JSONTape", "ProcessSupport", "Rebuilding",
        "refold", "refold-example", "Reporting", "Running", "SnapshotStore", "TestSupport",
      ]),
    // Reducers that run as programs.
    .testTarget(name: "ProgramTests", dependencies: ["JSONTape", "ProcessSupport", "refold", "refold-bank"]),
    // Packed logs as another form of a log.
    .testTarget(
      name: "PackTests",
      dependencies: [
        "EventLog", "EventModel", "Fitness", "JSONTape", "ProcessSupport", "Rebuilding", "refold", "refold-bank",
        "Reporting", "Running", "TestSupport",
      ]),
    // One diff after another.
    .testTarget(
      name: "NightlyTests",
      dependencies: ["JSONTape", "ProcessSupport", "refold", "SQLiteSupport"]),
    .testTarget(
      name: "GenerateTests",
      dependencies: ["JSONTape", "ProcessSupport", "refold", "refold-generate", "SQLiteSupport"]),
    // The repository itself.
    .testTarget(name: "HouseTests", dependencies: ["Fitness", "Folding", "ProcessSupport"]),
    .testTarget(name: "RefoldTests", dependencies: ["JSONTape", "ProcessSupport", "refold", "TestSupport"]),
  ],
  cxxLanguageStandard: .cxx17
)

/// Rooms whose code runs a few times per command, not once per event or row. Optimising them as the others takes three times
/// as long and gains nothing that can be measured (Decisions/LeanBuild).
let cold: Set = ["Cases", "Pages", "RefoldKit", "RefoldSpark", "Reporting", "Surveying"]

/// Rooms that are optimised in debug builds too, with all their checks, because of the tests' many runs of refold (Contributing).
let hot: Set = [
  "EventLog", "EventModel", "Fitness", "Folding", "Formatting", "Hashing", "JSONTape", "Platform", "PythonValues",
  "Reconciliation", "SnapshotStore", "TimeZones",
]

for target in package.targets where target.type != .system {
  target.swiftSettings = strict
  if cold.contains(target.name) {
    target.swiftSettings?.append(
      .unsafeFlags(["-Osize", "-Xfrontend", "-disable-sil-perf-optzns"], .when(configuration: .release)))
  }
  if hot.contains(target.name) {
    target.swiftSettings?.append(.unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug)))
  }
}

// Microbenchmarks are opt-in: building and testing refold fetches and compiles nothing for them. See benchmarks/README.md.
if Context.environment["REFOLD_BENCHMARKS"] != nil {
  package.dependencies.append(.package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []))
  package.targets.append(
    .executableTarget(
      name: "RefoldBenchmarks",
      dependencies: [
        "EventModel", "Fitness", "JSONTape", "EventLog", "Folding", "PythonValues", "SnapshotStore", "Platform",
        .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "benchmarks/micro/Benchmarks/RefoldBenchmarks",  // The plugin wants the name Benchmarks.
      swiftSettings: strict,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]))
}
