import ArgumentParser

/// The options that `serve`, `process` and `topics` share.
struct EngineOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The brokers of the Kafka cluster; without them everything runs on this machine. (TILEWORK_BROKERS)",
            valueName: "host:port,…"))
    var brokers: String?

    @Option(
        name: .customLong("kafka-config"),
        help: ArgumentHelp(
            "A librdkafka property, or @FILE with one on each line; can be repeated. (TILEWORK_KAFKA_CONFIG)",
            valueName: "key=value"))
    var kafkaConfig: [String] = []

    @Option(help: "Pixels on a side of a tile, 64 to 1024. (TILEWORK_TILE_SIZE; default 512)")
    var tileSize: Int?

    @Option(
        help: """
            The maximum number of partitions to which the topics of tiles grow with the fleet, 2 to 10000. \
            (TILEWORK_MAX_PARTITIONS; default 128)
            """)
    var maxPartitions: Int?

    @Option(
        help: """
            Threads that decode or compress one image in parallel, 1 to 64. (TILEWORK_CODEC_THREADS; default the number \
            of cores)
            """)
    var codecThreads: Int?

    @Option(
        help:
            "trace, debug, info, notice, warning, error or critical. (TILEWORK_LOG_LEVEL; default info, warning for process and topics)"
    )
    var logLevel: String?

    @Option(
        help: ArgumentHelp(
            "The format of log lines: text for people, json for programs. (TILEWORK_LOG_FORMAT; default text)",
            valueName: "text|json"))
    var logFormat: String?
}

/// The options of the cluster's topics.
struct TopicOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The topic of this master's results. Masters that share workers need different ones. "
                + "(TILEWORK_RESULTS_TOPIC; default results)", valueName: "name"))
    var resultsTopic: String?
}
