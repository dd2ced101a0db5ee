import Testing

@testable import MasterDaemon

@Suite struct FetchPlanTests {
    @Test func cacheControlIsRead() {
        for (header, age) in [
            ("max-age=600", 600.0), ("public, Max-Age=600, must-revalidate", 600), ("max-age=\"60\"", 60),
            ("max-age=0", 0),
            ("no-store, max-age=600", 0), ("no-cache", 0), ("max-age=-5", 0),
        ] {
            #expect(FetchPlan.maximumAge(header) == age, "\(header)")
        }
        for header in [nil, "", "public", "max-age", "max-age=soon", "s-maxage=5", "max-age=99999999999999999999"] {
            #expect(FetchPlan.maximumAge(header) == nil)
        }
    }

    @Test func attemptsHavePausesBetween() {
        var plan = FetchPlan()
        #expect(plan.isWanted(isEnough: true, now: 0) && plan.isAllowed(now: 0))
        plan.begin(now: 0)
        #expect(!plan.isAllowed(now: 4.9) && plan.isAllowed(now: 5))
        plan.begin(now: 5)
        plan.fetched(goodFor: nil, now: 6)
        #expect(!plan.isWanted(isEnough: true, now: 3605) && plan.isWanted(isEnough: true, now: 3606))
        #expect(plan.isWanted(isEnough: false, now: 7) && !plan.isAllowed(now: 34.9) && plan.isAllowed(now: 35))
    }

    @Test func addressesAreSafe() {
        for address in [
            "https://a.example", "https://a.example:8443/x?y=z", "http://127.0.0.1:8080/x", "http://localhost",
            "http://[::1]:80/",
        ] {
            #expect(IssuerAddress.isSafe(address), "\(address)")
        }
        for address in [
            "http://a.example", "ftp://a.example", "https://", "https:///x", "file:///etc/passwd",
            "https://u@a.example",
            "https://a.example#x", "a.example", "", "http://127.0.0.1.evil.example", "javascript:alert(1)",
        ] {
            #expect(!IssuerAddress.isSafe(address), "\(address)")
        }
        #expect(
            IssuerAddress.document(of: "https://a.example/") == "https://a.example/.well-known/openid-configuration")
        #expect(
            IssuerAddress.document(of: "https://a.example/x") == "https://a.example/x/.well-known/openid-configuration")
    }
}
