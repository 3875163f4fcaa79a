//! Every exit code and what causes it, through the binary; and that `recant verdict` says the same again.

mod twice;
mod waivers;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::hostile::{Bench, System, Wrong, said};
use crate::it::issuer::server::{Reply, json_reply, reply};

/// The answer of one part of the system, whatever it would have been.
fn always(at: &'static str, answer: fn() -> Reply) -> Wrong {
    Wrong { at, answer: Some(Arc::new(move |_| answer())), ..Wrong::default() }
}

fn feature(steps: &[&str]) -> String {
    let mut text = "Feature: f\n\n  Scenario: s\n".to_owned();
    steps.iter().for_each(|s| text += &format!("    {s}\n"));
    text
}

const REMOVED: &str = "Given the scenario \"role-removal\" has happened";
const OLD: &str =
    "Then every service refuses the earlier token for what was lost, within its bound";
const TRUE_NOW: &str = "Then introspection tells what is true now";

/// A run and its verdict: the exit code, which both must give, and the words.
async fn row(wrong: Wrong, edits: &[(&str, &str)], text: &str) -> (i32, String) {
    let system = System::start(wrong).await;
    let bench = Bench::new(&system.base, edits);
    bench.write("hostile.feature", text);
    let ran = bench.ran().await;
    let code = ran.code.expect("it was not killed");
    let (again, words) = bench.ask(&["verdict", "out"]).await;
    if bench.path("out/report.json").exists() {
        assert_eq!(again, Some(code), "{words}\n{}", ran.said);
    } else {
        assert_ne!(again, Some(0), "{words}");
    }
    (code, ran.said)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_judged_decides() {
    let asked = feature(&[REMOVED, OLD]);
    let open = || json_reply(200, &serde_json::json!({ "ok": true }));
    let down = || reply(503, &[], "");
    let error = || json_reply(500, &serde_json::json!({ "error": "invalid_token" }));
    let client = || json_reply(401, &serde_json::json!({ "error": "invalid_client" }));
    for (what, code, wrong, said) in [
        ("nothing", 0, Wrong::default(), "conformant"),
        ("a service that lets everybody in", 1, always("service", open), "nonconformant"),
        // A service that is down refuses nobody, and neither does an error that speaks of tokens.
        ("a service that is down", 3, always("service", down), "inconclusive"),
        ("an error that looks like a refusal", 3, always("service", error), "inconclusive"),
        ("a client that is refused", 3, always("token", client), "invalid_client"),
        ("metadata that are none", 5, always("metadata", || reply(200, &[], "<html>")), "no JSON"),
        (
            "metadata of somebody else",
            5,
            always("metadata", || {
                json_reply(200, &serde_json::json!({ "issuer": "https://other.example" }))
            }),
            "other.example",
        ),
    ] {
        let (got, words) = row(wrong, &[], &asked).await;
        assert_eq!(got, code, "{what}: {words}");
        assert!(words.contains(said), "{what}: {words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_judged_is_never_green() {
    let no_introspection = &[("introspect-as = \"app\"\n", "")][..];
    let absent = "[[absent]]\ncapability = \"introspection\"\nreason = \"opaque\"\n\n[bounds]";
    let not_allowed = &[("allow-changes = true", "allow-changes = false")][..];
    for (what, code, edits, text) in [
        ("a capability that is not provided", 3, no_introspection, feature(&[REMOVED, TRUE_NOW])),
        ("no obligation at all", 4, &[], feature(&[REMOVED])),
        ("an owner who does not allow changes", 3, not_allowed, feature(&[REMOVED, OLD])),
        (
            "a change that the recipe lacks",
            3,
            &[],
            feature(&[
                "Given a subject",
                "When the subject is disabled",
                "And the subject asks for new tokens",
                OLD,
            ]),
        ),
        (
            "skipped steps and no obligation",
            4,
            &[],
            feature(&[
                "Given a subject",
                "When the subject is disabled",
                "And the subject asks for new tokens",
            ]),
        ),
        (
            "a control that does not hold",
            3,
            &[],
            feature(&[
                "Given a subject",
                "And the subject holds tokens for \"orders\"",
                "And the subject can \"audit order\"",
                "When the role \"writer\" is removed from the subject",
                OLD,
            ]),
        ),
        ("an obligation without any change", 3, &[], feature(&["Given a subject", OLD])),
        (
            "only what does not apply",
            4,
            &[("introspect-as = \"app\"\n", ""), ("[bounds]", absent)][..],
            feature(&[REMOVED, TRUE_NOW]),
        ),
    ] {
        let wrong = match what {
            // What metadata advertise can't be declared absent.
            "only what does not apply" => Wrong {
                at: "metadata",
                answer: Some(Arc::new(|mut g| {
                    g.json.as_object_mut().unwrap().remove("introspection_endpoint");
                    json_reply(200, &g.json)
                })),
                ..Wrong::default()
            },
            _ => Wrong::default(),
        };
        let (got, words) = row(wrong, edits, &text).await;
        assert_eq!(got, code, "{what}: {words}");
        if edits == not_allowed {
            assert!(words.contains("changes aren't allowed by the target file"), "{words}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_stay_inconclusive_is_said_before_a_run() {
    let system = System::start(Wrong::default()).await;
    let bench = Bench::new(&system.base, &[("introspect-as = \"app\"\n", "")]);
    bench.write("hostile.feature", &feature(&[REMOVED, TRUE_NOW]));
    for (quiet, out) in [(false, "out"), (true, "out-quiet")] {
        let args = ["run", "--target", "target.toml", "--out", out, "hostile.feature"];
        let mut command = bench.command(&args);
        let output = command.args(quiet.then_some("--quiet")).output().await.unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        let told = errors.contains("[[absent]]") && errors.contains("\"introspection\"");
        assert_eq!(told, !quiet, "{errors}");
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_selection() {
    let system = System::start(Wrong::default()).await;
    let bench = Bench::new(&system.base, &[]);
    std::fs::create_dir(bench.path("empty")).unwrap();
    for args in [&["--tags", "@nobody-has-this", "hostile.feature"][..], &["empty"]] {
        let all = [&["run", "--target", "target.toml", "--out", "out"], args].concat();
        let (code, words) = bench.ask(&all).await;
        assert_eq!(code, Some(4), "{args:?}: {words}");
        assert_ne!(bench.ask(&["verdict", "out"]).await.0, Some(0));
    }
    assert_eq!(system.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_found_all_at_once_and_nothing_is_sent() {
    let system = System::start(Wrong::default()).await;
    let bench = Bench::new(
        &system.base,
        &[
            ("environment = \"lab\"", "environment = \"lab\"\nenvironmet = \"lab\""),
            ("HOSTILE_APP", "HOSTILE_UNSET"),
        ],
    );
    let mistakes = "Feature: f\n\n  Senario: misspelt\n    Given a subject\n\n  Scenario: undefined\n    \
        Given a subjekt\n\n  Scenario: script\n    Given the scenario \"no-such-script\" has happened\n    \
        Then the requirement \"no-such-requirement\" holds\n\n  Scenario Outline: none\n    \
        Given a subject\n\n  Scenario: cut\n    When the change \"x\" is made to the subject\n      \
        | name | value |\n      | role\n";
    bench.write("hostile.feature", mistakes);
    bench.write("bad.feature", "nonsense\n");
    let files = ["hostile.feature", "bad.feature", "no-such-file.feature"];
    let args = [&["run", "--target", "target.toml", "--out", "out"], &files[..]].concat();
    let (code, words) = bench.ask(&args).await;
    assert_eq!(code, Some(2), "{words}");
    for said in [
        "environmet",
        "HOSTILE_UNSET",
        "Senario",
        "a subjekt",
        "no-such-script",
        "no-such-requirement",
        "no-such-file.feature",
        "bad.feature",
        "hostile.feature:3:",
        "hostile.feature:7:",
    ] {
        assert!(words.contains(said), "{said} is not in\n{words}");
    }
    assert!(words.to_lowercase().contains("examples"), "{words}");
    assert_eq!(system.connections(), 0);
    assert!(!bench.path("out").exists(), "there is no run to speak of");
    let unknown = ["run", "--fault", "no-such-fault", "--tags", "(("];
    let (code, words) = bench.ask(&unknown).await;
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("no-such-fault") && words.contains("(("), "{words}");
    assert_eq!(bench.ask(&["explain", "no-such"]).await.0, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_not_there() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let bench = Bench::new(&base, &[]);
    let ran = bench.ran().await;
    assert_eq!(ran.code, Some(5), "{}", ran.said);
    assert!(ran.said.contains("could not connect"), "{}", ran.said);
    assert_eq!(bench.ask(&["verdict", "out"]).await.0, Some(5));
}

/// A server with a certificate that nobody has vouched for, of this test alone.
async fn self_signed() -> String {
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::crypto::aws_lc_rs;
    use tokio_rustls::rustls::pki_types::pem::PemObject as _;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let cert = CertificateDer::from_pem_slice(include_bytes!("hostile/tls/self-signed.pem"));
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("hostile/tls/self-signed.key.pem"));
    let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.unwrap()], key.unwrap())
        .unwrap();
    let tls = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            // The client hangs up as soon as it sees the certificate.
            let _ = tls.accept(socket).await;
        }
    });
    base
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_vouches_for() {
    let bench = Bench::new(&self_signed().await, &[]);
    let ran = bench.ran().await;
    assert_eq!(ran.code, Some(5), "{}", ran.said);
    assert!(ran.said.contains("certificate"), "{}", ran.said);
    assert_eq!(bench.ask(&["verdict", "out"]).await.0, Some(5));
}

/// Starts a run whose change is carried out and not answered, and waits until it is there.
async fn in_the_middle_of_a_change(refuse_undo: bool) -> (System, Bench, Child, Arc<AtomicBool>) {
    let refusing = Arc::new(AtomicBool::new(refuse_undo));
    let still = refusing.clone();
    let wrong = Wrong {
        at: "admin",
        hold: Some(|line| line.starts_with("DELETE /admin/") && line.ends_with("/roles/writer")),
        answer: Some(Arc::new(move |g| {
            let undo = g.got.line.starts_with("PUT") && g.got.path.ends_with("/roles/writer");
            let removal = g.got.line.starts_with("DELETE") && !g.got.path.contains("/roles/");
            match still.load(Ordering::SeqCst) && (undo || removal) {
                true => reply(409, &[], "no"),
                false => super::hostile::good(g.status, &g.json),
            }
        })),
        ..Wrong::default()
    };
    let system = System::start(wrong).await;
    let bench = Bench::new(&system.base, &[("timeout-seconds = 5.0", "timeout-seconds = 20.0")]);
    let asked = ["--report", "sarif=asked/interrupted.sarif"];
    let child = bench.run().args(asked).spawn().unwrap();
    system.held.notified().await;
    (system, bench, child, refusing)
}

async fn signal(child: &Child, name: &str) {
    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").args([name, &id]).status().await.unwrap().success());
}

/// Interrupts and waits until recant says that it heard.
async fn interrupted(child: &mut Child) -> String {
    signal(child, "-INT").await;
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut words = String::new();
    while !words.contains("interrupted") {
        assert_ne!(errors.read_line(&mut words).await.unwrap(), 0, "{words}");
    }
    tokio::spawn(async move { errors.read_to_string(&mut String::new()).await });
    words
}

/// True where the subjects are gone and the role was given back on the way.
fn restored(system: &System) -> bool {
    let world = system.world();
    let back = |r: &String| r.starts_with("PUT") && r.ends_with("/roles/writer");
    world.subjects.is_empty() && world.requests.iter().any(back)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_in_the_middle_of_a_change_undoes_it() {
    let (system, bench, mut child, _) = in_the_middle_of_a_change(false).await;
    interrupted(&mut child).await;
    system.go_on.notify_one();
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", said(&output));
    assert!(restored(&system), "{:?}", system.world().requests);
    let asked = std::fs::read_to_string(bench.folder.path().join("asked/interrupted.sarif"));
    assert!(asked.unwrap().contains("the run was interrupted"));
    assert_eq!(bench.ask(&["verdict", "out"]).await.0, Some(6));
    assert_eq!(bench.ask(&["judge", "out"]).await.0, Some(6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_can_not_be_undone() {
    let (system, bench, child, refusing) = in_the_middle_of_a_change(true).await;
    system.go_on.notify_one();
    let output = child.wait_with_output().await.unwrap();
    let words = said(&output);
    assert_eq!(output.status.code(), Some(7), "{words}");
    assert!(words.contains("recant restore"), "{words}");
    assert_eq!(bench.ask(&["verdict", "out"]).await.0, Some(7));
    assert_eq!(bench.ask(&["restore", "out"]).await.0, Some(7));
    refusing.store(false, Ordering::SeqCst);
    let (code, words) = bench.ask(&["restore", "out"]).await;
    assert_eq!(code, Some(0), "{words}");
    assert!(restored(&system));
    // It came to its end by itself, so that its own result is left.
    let (code, words) = bench.ask(&["verdict", "out"]).await;
    assert_eq!(code, bench.ask(&["judge", "out"]).await.0);
    assert!(code.is_some_and(|c| c < 4), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_a_change_is_restored_later() {
    let (system, bench, mut child, _) = in_the_middle_of_a_change(false).await;
    child.kill().await.unwrap();
    assert!(!restored(&system));
    assert_eq!(bench.ask(&["verdict", "out"]).await.0, Some(5));
    // What is still changed outweighs that the record is cut off.
    assert_eq!(bench.ask(&["judge", "out"]).await.0, Some(7));
    let (code, words) = bench.ask(&["restore", "out"]).await;
    assert_eq!(code, Some(0), "{words}");
    assert!(restored(&system), "{:?}", system.world().requests);
    let (code, words) = bench.ask(&["restore", "out"]).await;
    assert_eq!((code, words.trim()), (Some(0), "nothing is left to undo"));
    assert_eq!(bench.ask(&["verdict", "out"]).await.0, Some(6));
    assert_eq!(bench.ask(&["judge", "out"]).await.0, Some(6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_still_going_is_left_alone() {
    let (system, bench, child, _) = in_the_middle_of_a_change(false).await;
    for args in [&["restore", "out"][..], &["judge", "--write", "out"]] {
        let (code, words) = bench.ask(args).await;
        assert_eq!(code, Some(5), "{args:?}: {words}");
        assert!(words.contains("still going"), "{args:?}: {words}");
    }
    assert!(!restored(&system), "{:?}", system.world().requests);
    assert_ne!(bench.ask(&["verdict", "out"]).await.0, Some(0));
    system.go_on.notify_one();
    let output = child.wait_with_output().await.unwrap();
    assert!(restored(&system), "{}", said(&output));
    let (code, words) = bench.ask(&["restore", "out"]).await;
    assert_eq!((code, words.trim()), (Some(0), "nothing is left to undo"));
}
