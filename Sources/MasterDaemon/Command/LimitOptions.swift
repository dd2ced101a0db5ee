import ArgumentParser

/// How much a client may use, as the command line says it.
struct LimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What each key may use, and with address- before the name each address: requests=60000/m, uploads=6000/m, "
                + "bytes=10TB/d, unfinished=250 (jobs), channels=100, as by default, or off; can be repeated. Without "
                + "keys only what is given is limited. (TILEWORK_LIMIT, with commas between)", valueName: "name=value"))
    var limit: [String] = []
}
