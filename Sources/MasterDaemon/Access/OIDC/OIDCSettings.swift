/// What is known of the issuer beforehand.
struct OIDCSettings: Sendable {
    /// Exactly as the issuer calls itself.
    let issuer: String
    /// For whom tokens of programs have to be; `nil` if programs use keys.
    var audience: String?
    var roles = RoleClaim()
    /// What the issuer calls this master, at which people log in; `nil` if they do it with keys.
    var clientID: String?
    var clientSecret: String?
    /// What is asked for when people log in.
    var scope = "openid"
    /// Whom to believe that an address is the issuer's.
    var trust = IssuerTrust()
}
