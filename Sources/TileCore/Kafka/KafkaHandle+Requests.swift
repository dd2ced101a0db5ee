internal import CKafka
internal import Foundation

extension KafkaHandle {
    /// Runs a blocking call on a new thread, so that it does not block a thread of Swift's pool.
    func onThread<R: Sendable>(
        _ body: @escaping @Sendable () throws(KafkaError) -> R
    ) async throws(KafkaError) -> R {
        let result: Result<R, KafkaError> = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let result: Result<R, KafkaError>
                do throws(KafkaError) {
                    result = .success(try body())
                } catch {
                    result = .failure(error)
                }
                continuation.resume(returning: result)
            }
        }
        return try result.get()
    }

    /// Which topics a client asks for.
    enum MetadataScope {
        /// The topics that the client knows.
        case known
        case all
        case one(String)
    }

    /// Asks the cluster for its metadata, which also refreshes the client's own.
    /// - Parameter timeout: seconds.
    func withMetadata<R>(
        of scope: MetadataScope, within timeout: Double, _ what: String, _ body: (rd_kafka_metadata) -> R
    ) throws(KafkaError) -> R {
        var asksForAll: Int32 = 0
        var topic: OpaquePointer?
        switch scope {
        case .known: break
        case .all: asksForAll = 1
        case .one(let name):
            unsafe topic = rd_kafka_topic_new(client, name, nil)
            guard unsafe topic != nil else { throw KafkaError(.unknownTopic, "\(what): '\(name)' is no topic name") }
        }
        defer { if let topic = unsafe topic { unsafe rd_kafka_topic_destroy(topic) } }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let error = unsafe rd_kafka_metadata(client, asksForAll, topic, &metadata, Int32(timeout * 1000))
        guard error != RD_KAFKA_RESP_ERR__TRANSPORT else {
            throw KafkaError(.timedOut, "\(what): no broker answers within \(Int(timeout)) s")
        }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata = unsafe metadata else {
            throw KafkaError(error, what)
        }
        defer { unsafe rd_kafka_metadata_destroy(metadata) }
        return unsafe body(metadata.pointee)
    }
}
