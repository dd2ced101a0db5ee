/// The settings of the issuer.
struct OIDCSettings: Sendable {
    /// The issuer's name, exactly as in its description and tokens.
    let issuer: String
    /// The required audience of tokens from programs; `nil` if programs use keys only.
    var audience: String?
    var roles = RoleClaim()
    /// This master's client id at the issuer, for log-ins; `nil` if people log in with keys.
    var clientID: String?
    var clientSecret: String?
    /// The scope of a log-in.
    var scope = "openid"
    /// The CAs that are trusted for the issuer's certificate.
    var trust = IssuerTrust()
}
