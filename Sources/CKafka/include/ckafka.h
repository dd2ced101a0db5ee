// librdkafka for Swift, with the few calls that Swift cannot make itself, because they take a variable number of
// arguments or need constants that are macros.
#ifndef TILEWORK_CKAFKA_H
#define TILEWORK_CKAFKA_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

/// Hands a record to the producer. The caller keeps the payload until the delivery report. After a success librdkafka
/// owns the headers; after a failure the caller still does.
static inline rd_kafka_resp_err_t tw_kafka_produce(rd_kafka_t *rk, const char *topic, int32_t partition,
                                                   void *payload, size_t payload_size, const void *key,
                                                   size_t key_size, rd_kafka_headers_t *headers, void *opaque) {
    return rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                             RD_KAFKA_V_MSGFLAGS(0), RD_KAFKA_V_VALUE(payload, payload_size),
                             RD_KAFKA_V_KEY((void *)key, key_size), RD_KAFKA_V_HEADERS(headers),
                             RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
}

/// Opens a socket. Its connection ends if the network is dead for this many milliseconds: sent data is not
/// acknowledged, or, while nothing is sent, probes are not answered. A network that is only slow still answers. An
/// attempt to connect repeats its SYN once and then fails, because the pause before each further SYN would double.
static inline int tw_kafka_socket(int domain, int type, int protocol, int milliseconds) {
    int socket_number = socket(domain, type | SOCK_CLOEXEC, protocol);
    if (socket_number < 0) return socket_number;
    int on = 1, idle = 3, interval = 1, repeated = 1;
    unsigned int timeout = (unsigned int)milliseconds;
    // A system without one of these options still has the timeouts of librdkafka.
    setsockopt(socket_number, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(socket_number, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(socket_number, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(socket_number, IPPROTO_TCP, TCP_SYNCNT, &repeated, sizeof repeated);
    setsockopt(socket_number, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
    return socket_number;
}

static const int32_t TW_KAFKA_PARTITION_ANY = RD_KAFKA_PARTITION_UA;
static const int64_t TW_KAFKA_OFFSET_BEGINNING = RD_KAFKA_OFFSET_BEGINNING;
static const int64_t TW_KAFKA_OFFSET_END = RD_KAFKA_OFFSET_END;
static const int64_t TW_KAFKA_OFFSET_STORED = RD_KAFKA_OFFSET_STORED;
/// `TW_KAFKA_OFFSET_TAIL - n` means n records before the end.
static const int64_t TW_KAFKA_OFFSET_TAIL = RD_KAFKA_OFFSET_TAIL(0);

#endif
