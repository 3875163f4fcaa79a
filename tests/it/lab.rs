//! recant on real products, started by `lab/run`. Ignored by a plain `cargo test`, because they need Node, nginx and HAProxy:
//! `cargo test -- --include-ignored` runs them. What must be found, and why, is the table of lab/README.md.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Runs the lab, and returns recant's exit code with its findings.
fn lab(issuer: &str) -> (Option<i32>, Vec<Value>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("folder");
    let out = folder.path().join("run");
    let run = Command::new(root.join("lab/run"))
        .args([issuer, "--quiet", "--out"])
        .arg(&out)
        .env("RECANT", env!("CARGO_BIN_EXE_recant"))
        .output()
        .expect("lab/run");
    let said = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
    let findings = std::fs::read(out.join("findings.json"))
        .unwrap_or_else(|e| panic!("no findings ({e}); the lab said:\n{said}"));
    (run.status.code(), serde_json::from_slice(&findings).expect("a list"))
}

/// Every finding as `ALIAS scenario service verdict`.
fn lines(findings: &[Value]) -> Vec<String> {
    let word = |f: &Value, member: &str| f[member].as_str().unwrap_or("-").to_owned();
    let line = |f| ["alias", "scenario", "service", "verdict"].map(|m| word(f, m)).join(" ");
    findings.iter().map(line).collect()
}

/// Holds that each of `expected` stands among the findings. What does not is told with what was found in its scenario instead, and why.
fn assert_found(expected: &[&str], findings: &[Value]) {
    let found = lines(findings);
    let missing: Vec<_> = expected.iter().filter(|l| !found.iter().any(|f| f == *l)).collect();
    let scenario = |line: &str| line.split(' ').nth(1).map(str::to_owned);
    let instead = found.iter().zip(findings).filter(|(line, _)| {
        missing.iter().any(|m| scenario(m) == scenario(line)) && !line.ends_with(" pass")
    });
    let instead: Vec<_> = instead
        .map(|(line, f)| format!("{line}: {}", f["because"].as_str().unwrap_or("-")))
        .collect();
    assert!(missing.is_empty(), "not found: {missing:#?}\nin their scenarios: {instead:#?}");
}

/// The lag of a finding, in milliseconds.
fn lag(findings: &[Value], alias: &str, scenario: &str, service: &str) -> (u64, u64) {
    let found = findings
        .iter()
        .find(|f| f["alias"] == alias && f["scenario"] == scenario && f["service"] == service)
        .expect("the finding");
    let lag = &found["lag"];
    (lag["at_least_ms"].as_u64().expect("at least"), lag["at_most_ms"].as_u64().expect("at most"))
}

/// What must stand among the findings of oidc-provider behind five services. A line without a service is about the issuer.
const OIDC_PROVIDER: &[&str] = &[
    // the issuer follows roles, policy and risk at every issue and refresh
    "T-01 role-removal live pass",
    "T-02 role-removal live pass",
    "T-02 role-removal jose pass",
    "P-02 policy-edit live pass",
    "P-03 never-seen-role jose pass",
    "T-15 risk-elevation careful pass",
    // a disabled subject can't refresh; its opaque token stays active
    "T-04 subject-disabled live pass",
    "P-07 subject-disabled live pass",
    "E-12 subject-disabled - fail",
    "E-03 subject-disabled live fail",
    "E-03 subject-disabled cached fail",
    "E-12 token-revoked - pass",
    "T-05 refresh-after-change live pass",
    // a refresh token is of no use without its client's secret, and for no other service
    "T-06 refresh-by-an-impostor live pass",
    "T-03 refresh-after-change jose pass",
    // an expired token is not exchanged; one that can't be revoked is, until it expires
    "T-08 exchange-after-expiry live pass",
    "T-08 grant-revoked careful pass",
    "T-08 grant-revoked live bounded",
    // nobody asks whether there is a grant any more; where the token itself is gone, it is refused
    "T-08 exchange-after-consent-withdrawn careful fail",
    "T-08 exchange-after-sessions-ended careful pass",
    "T-08 exchange-after-sessions-ended live bounded",
    "E-12 sessions-ended - fail",
    "E-12 subject-deleted - fail",
    "E-20 sessions-ended live pass",
    // revocation: at once, after the cache, never for a JWT
    "E-02 token-revoked live pass",
    "E-02 token-revoked cached pass",
    "E-02 token-revoked careful bounded",
    "E-02 token-revoked sloppy bounded",
    "E-02 token-revoked jose bounded",
    "E-01 role-removal jose bounded",
    "E-01 role-removal live fail",
    // what the sloppy gateway does not look at
    "E-04 wrong-audience sloppy fail",
    "E-04 wrong-audience careful pass",
    "E-04 wrong-audience jose pass",
    "E-04 wrong-audience live pass",
    "E-06 expiry sloppy fail",
    "E-06 expiry careful pass",
    "E-06 expiry jose pass",
    "E-06 expiry live pass",
    "E-05 narrow-scope sloppy pass",
    "G-06 role-removal - pass",
    "E-09 key-retired - not-applicable",
];

#[test]
#[ignore = "needs Node, nginx and HAProxy"]
fn oidc_provider_behind_gateways_and_a_mock_as_negative_control() {
    // one test: both use the same ports
    let (code, findings) = lab("oidc-provider");
    assert_eq!(code, Some(1));
    assert_found(OIDC_PROVIDER, &findings);
    let (_, most) = lag(&findings, "E-02", "token-revoked", "live");
    assert!(most < 1000, "asked each time, yet up to {most} ms");
    let (least, most) = lag(&findings, "E-02", "token-revoked", "cached");
    assert!(
        (8000..=12000).contains(&least) && most < 14000,
        "a cache of 10 s showed {least} to {most} ms"
    );

    let (code, findings) = lab("mock");
    assert_eq!(code, Some(1), "the negative control must fail");
    let expected = [
        "E-02 token-revoked live fail",
        "E-02 token-revoked cached fail",
        "E-12 token-revoked - fail",
        "T-05 refresh-reused-later live fail",
        "T-06 refresh-by-an-impostor live fail",
    ];
    assert_found(&expected, &findings);
}
