import ArgumentParser

/// The command line's rate limits for clients.
struct LimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A limit for each key, or with address- before the name for each address. The defaults are requests=60000/m, "
                + "uploads=6000/m, bytes=10TB/d, unfinished=250 (jobs) and channels=100; off is no limit. Can be "
                + "repeated. Without keys, only the limits given here apply. (TILEWORK_LIMIT, with commas between)",
            valueName: "name=value"))
    var limit: [String] = []
}
