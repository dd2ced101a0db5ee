import TileCore

/// The metrics of values that only the metrics page shows.
enum SourceFamilies {
    static func all(_ sources: MetricsSources) -> [MetricFamily] {
        let codecs = sources.codecs()
        let errors = sources.kafkaErrors()
        return [
            MetricFamily(
                "tilework_http_connections", .gauge, "Connections that are open.", Double(sources.connections())),
            MetricFamily(
                "tilework_kafka_lag_records", .gauge,
                "Records of a topic that its consumer group had not finished some seconds ago.",
                sources.lags().map { lag in
                    MetricFamily.Sample(
                        labels: [.init("group", lag.group), .init("topic", lag.topic)], value: Double(lag.records))
                }),
            MetricFamily(
                "tilework_kafka_client_errors_total", .counter,
                "Errors that this process's Kafka clients have reported.",
                by: "kind",
                Dictionary(uniqueKeysWithValues: KafkaErrorKind.allCases.map { ($0.rawValue, Double(errors[$0] ?? 0)) })
            ),
            MetricFamily(
                "tilework_codec_processes", .gauge, "Processes that read and write image files, by state.", by: "state",
                codecs.states.mapValues { Double($0) }),
            MetricFamily(
                "tilework_codec_processes_started_total", .counter, "Codec processes that were started.",
                Double(codecs.started)),
            MetricFamily(
                "tilework_codec_processes_ended_total", .counter,
                "Codec processes that have ended: retired after their work, dropped over a request, or died by themselves.",
                by: "reason", codecs.ended.mapValues { Double($0) }),
        ] + spans(sources.spans())
    }

    private static func spans(_ counts: TraceExporter.Counts?) -> [MetricFamily] {
        guard let counts else { return [] }
        return [TraceExporter.family(counts)]
    }
}
