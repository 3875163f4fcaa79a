//! What waivers and asked-for controls do to exit codes, and what no waiver does.

use super::{Bench, OLD, REMOVED, System, Wrong, always, feature, json_reply, reply};

/// So many days from today, UTC.
fn day(days: i64) -> String {
    let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    today.saturating_add(jiff::Span::new().days(days)).to_string()
}

/// A waiver of what the scenario below fails for, from one day until another, with replacements.
fn waiver(days: (i64, i64), edits: &[(&str, &str)]) -> String {
    let text = format!(
        "[[waiver]]\nrequirement = \"E-01\"\ntarget = \"hostile\"\nreason = \"a new gateway comes\"\n\
         owner = \"Orders team\"\ncreated = \"{}\"\nexpires = \"{}\"\nticket = \"ORD-17\"\n",
        day(days.0),
        day(days.1)
    );
    edits.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

fn open() -> Wrong {
    always("service", || json_reply(200, &serde_json::json!({ "ok": true })))
}

fn down() -> Wrong {
    always("service", || reply(503, &[], ""))
}

struct Row<'a> {
    what: &'a str,
    code: i32,
    wrong: Wrong,
    edits: &'a [(&'a str, &'a str)],
    waivers: &'a str,
    more: &'a [&'a str],
    says: &'a str,
}

async fn one(row: Row<'_>) {
    let Row { what, code, wrong, edits, waivers, more, says } = row;
    let system = System::start(wrong).await;
    let bench = Bench::new(&system.base, edits);
    bench.write("hostile.feature", &feature(&[REMOVED, OLD]));
    bench.write("waivers.toml", waivers);
    let args = [&["run", "--target", "target.toml", "--out", "out"], more, &["hostile.feature"]];
    let (got, words) = bench.ask(&args.concat()).await;
    assert_eq!(got, Some(code), "{what}: {words}");
    assert!(words.contains(says), "{what}: {words}");
    if code == 2 {
        assert_eq!(system.connections(), 0, "{what}: nothing is sent");
        return;
    }
    if bench.path("out/report.json").exists() {
        // With the network pulled, and on any later day, it comes to the same.
        drop(system);
        for again in ["verdict", "judge"] {
            let (got, words) = bench.ask(&[again, "out"]).await;
            assert_eq!(got, Some(code), "{what}: {again}: {words}");
        }
        let (got, words) = bench.ask(&["verify", "out"]).await;
        assert_eq!(got, Some(0), "{what}: {words}");
    }
}

const BY_OPTION: &[&str] = &["--waivers", "waivers.toml"];

#[tokio::test(flavor = "multi_thread")]
async fn a_waiver_keeps_a_failure_from_failing_the_run_and_nothing_else() {
    let holds = waiver((-10, 10), &[]);
    let expired = waiver((-40, -1), &[]);
    let elsewhere = waiver((-10, 10), &[("reason", "scenario = \"risk-elevation\"\nreason")]);
    let other = waiver((-10, 10), &[("E-01", "E-02")]);
    let row = |what, code, wrong, waivers, says| Row {
        what,
        code,
        wrong,
        edits: &[],
        waivers,
        more: BY_OPTION,
        says,
    };
    one(row("a failure", 0, open(), &holds, "conformant but for 1 waiver")).await;
    one(row("its last day is over", 1, open(), &expired, "EXPIRED")).await;
    one(row("it is about another scenario", 1, open(), &elsewhere, "NOT USED")).await;
    one(row("it is about another requirement", 1, open(), &other, "nothing that it covers was"))
        .await;
    one(row("what it waives holds", 0, Wrong::default(), &holds, "NOT USED")).await;
    one(row("over, and it holds", 0, Wrong::default(), &expired, "EXPIRED")).await;
    // Nobody knows: that is no known weakness.
    one(row("what stays open", 3, down(), &holds, "inconclusive")).await;
    let by_file = [("[bounds]", "[waivers]\nfile = \"waivers.toml\"\n\n[bounds]")];
    one(Row {
        edits: &by_file,
        more: &[],
        ..row("named by the target file", 0, open(), &holds, "conformant but for 1 waiver")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiver_that_recant_does_not_take_is_told_before_anything_is_sent() {
    let short = [("[bounds]", "[waivers]\nlongest-days = 10\n\n[bounds]")];
    let far = [("[bounds]", "[waivers]\nlongest-days = 1000\n\n[bounds]")];
    for (what, edits, waivers, says) in [
        ("too long", &[][..], waiver((0, 91), &[]), "91 days are too long"),
        ("longer than this target takes", &short, waiver((0, 11), &[]), "at most 10"),
        ("a target that takes any", &far, waiver((0, 500), &[]), "longest-days"),
        ("made tomorrow", &[], waiver((1, 5), &[]), "has not come yet"),
        ("made after its end", &[], waiver((-1, -5), &[]), "ends before it was made"),
        ("for another target", &[], waiver((0, 5), &[("hostile", "other")]), "another target"),
        (
            "nothing that is asked",
            &[],
            waiver((0, 5), &[("E-01", "E-99")]),
            "no requirement `E-99`",
        ),
        ("nobody", &[], waiver((0, 5), &[("Orders team", "TBD")]), "the owner says nothing"),
        ("twice", &[], waiver((0, 5), &[]) + &waiver((0, 6), &[]), "is waived twice"),
        ("no end", &[], waiver((0, 5), &[("expires", "until")]), "waivers.toml:7:1"),
    ] {
        let (code, wrong, more) = (2, Wrong::default(), BY_OPTION);
        one(Row { what, code, wrong, edits, waivers: &waivers, more, says }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_without_evidence_is_never_green() {
    let asks = |control| format!("allow-changes = true\ncontrols = [\"{control}\"]");
    let (has, lacks, unknown) = (asks("PR.AA-05"), asks("AC-2(3)"), asks("PR.AC-44"));
    let by_file = |to| [("allow-changes = true", to)];
    let (has, lacks, unknown) =
        (by_file(has.as_str()), by_file(lacks.as_str()), by_file(unknown.as_str()));
    let option: &[&str] = &["--controls", "PR.AC-4"];
    for (what, code, wrong, edits, more, says) in [
        ("with evidence", 0, Wrong::default(), &has[..], &[][..], "PR.AA-05: "),
        ("with evidence, by option", 0, Wrong::default(), &[], option, "PR.AC-4: "),
        ("without", 3, Wrong::default(), &lacks, &[], "no evidence for 1 control"),
        ("asked for otherwise", 0, Wrong::default(), &lacks, option, "PR.AC-4: "),
        ("all of it open", 3, down(), &[], option, "PR.AC-4: NO EVIDENCE"),
        ("nothing is left", 4, Wrong::default(), &[], &["--controls", "AC-2(3)"], "controls"),
        ("unknown, by file", 2, Wrong::default(), &unknown, &[], "target.toml:5:"),
        (
            "unknown",
            2,
            Wrong::default(),
            &[],
            &["--controls", "PR.AC-44"],
            "did you mean `PR.AC-4`",
        ),
        ("a failure is evidence", 1, open(), &[], option, "PR.AC-4: 1 fail"),
    ] {
        one(Row { what, code, wrong, edits, waivers: "", more, says }).await;
    }
}
