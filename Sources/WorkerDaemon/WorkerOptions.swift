import ArgumentParser

struct WorkerOptions: ParsableArguments {
    @Argument(help: "The worker's id, different for each worker, as in worker-3. (TILEWORK_WORKER_ID)")
    var id: String?

    @Option(
        help: ArgumentHelp(
            "Instead of an id: the id is this host's name, a hyphen and this name, as in render7-1. (TILEWORK_INSTANCE)",
            valueName: "name"))
    var instance: String?

    @Option(
        help: ArgumentHelp(
            "The brokers of the Kafka cluster; without them the master is asked. (TILEWORK_BROKERS)",
            valueName: "host:port,…"))
    var brokers: String?

    @Option(
        help: ArgumentHelp(
            "The master to ask for the brokers. (TILEWORK_MASTER; default http://127.0.0.1:5000)", valueName: "url"))
    var master: String?

    @Option(
        help: ArgumentHelp(
            "A file with the key that this worker shows to the master; it needs the role worker. TILEWORK_KEY can hold the "
                + "key itself. "
                + "(TILEWORK_KEY_FILE)", valueName: "path"))
    var keyFile: String?

    @Option(
        help: ArgumentHelp(
            "Certificates of CAs in PEM, in addition to this machine's, to trust for a master with https://. "
                + "(TILEWORK_CA_FILE)", valueName: "path"))
    var caFile: String?

    @Option(help: "Tiles to work on at once, 1 to 256. (TILEWORK_THREADS; default: the cores of this machine)")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "The folder 'canvas' in the data directory of a master on this machine, run by the same user. Tiles are read "
                + "and written there instead of being sent. (TILEWORK_CANVASES)", valueName: "path"))
    var canvases: String?

    @Option(
        name: .customLong("kafka-config"),
        help: ArgumentHelp(
            "A librdkafka property, or @FILE with one on each line; can be repeated. (TILEWORK_KAFKA_CONFIG)",
            valueName: "key=value"))
    var kafkaConfig: [String] = []

    @Option(help: "trace, debug, info, notice, warning, error or critical. (TILEWORK_LOG_LEVEL; default info)")
    var logLevel: String?

    @Option(
        help: ArgumentHelp(
            "How log lines look: text for people, json for programs. (TILEWORK_LOG_FORMAT; default text)",
            valueName: "text|json"))
    var logFormat: String?

    @Flag(
        help: "Check everything that the worker needs, report problems and their remedies, change nothing, and end.")
    var check = false

    @Option(
        help: ArgumentHelp(
            "A port to serve GET /metrics for Prometheus and GET /livez on; 0 picks one; by default there is none. "
                + "(TILEWORK_METRICS_PORT)", valueName: "port"))
    var metricsPort: Int?

    @Option(
        help: ArgumentHelp(
            "The address to serve /metrics and /livez on, without a key or TLS. (TILEWORK_METRICS_HOST; default 127.0.0.1)",
            valueName: "address"))
    var metricsHost: String?

    @Option(
        help: ArgumentHelp(
            "The OpenTelemetry collector to send traces to, as OTLP/JSON, such as http://127.0.0.1:4318; by default none are "
                + "sent. "
                + "(TILEWORK_OTLP_ENDPOINT, or OTEL_EXPORTER_OTLP_ENDPOINT)", valueName: "url"))
    var otlpEndpoint: String?

    @Flag(help: ArgumentHelp("End when standard input ends, as a master's local workers do.", visibility: .hidden))
    var endWithInput = false
}
