#ifndef TILEWORK_CKAFKA_H
#define TILEWORK_CKAFKA_H
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#endif
