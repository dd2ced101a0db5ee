#include "metadata.hpp"
#include <mutex>
#include <utility>

namespace tilework {

static thread_local std::string message;

/// Called by exiv2. A message that cannot be kept is dropped, because no exception may pass through exiv2's
/// destructors.
static void remember(int level, const char *text) {
    if (level < Exiv2::LogMsg::error || !message.empty()) return;
    try {
        message = text;
        // Numbers of Adobe's toolkit, which exiv2 uses for XMP.
        for (const auto &[number, plain] : {std::pair("error 201", "it is no well-formed XML"),
                 std::pair("error 202", "its RDF is wrong"), std::pair("error 203", "its XMP is wrong")})
            if (message.find(std::string("XMP Toolkit ") + number) != std::string::npos) message = plain;
        message.resize(message.find_last_not_of(" \n.") + 1);
    } catch (...) {
    }
}

void listen() {
    static std::once_flag once;
    std::call_once(once, [] {
        Exiv2::LogMsg::setLevel(Exiv2::LogMsg::error);
        Exiv2::LogMsg::setHandler(remember);
    });
    message.clear();
}

const std::string &last_message() { return message; }

void add_note(twc_status &status, const std::string &sentence) {
    static const char dots[] = "…";
    size_t used = std::strlen(status.reason), left = sizeof status.reason - used;
    int wanted = std::snprintf(status.reason + used, left, "%s%s", used ? "; " : "", sentence.c_str());
    if (wanted >= static_cast<int>(left))
        std::strcpy(status.reason + sizeof status.reason - sizeof dots, dots);
}

}
