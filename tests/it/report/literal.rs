//! A literal run with everything in it, hostile text too, and its report.

use std::collections::BTreeMap;

use recant::calibration::Calibration;
use recant::controls::Frameworks;
use recant::history::{Action, Begin, Line, Seen, View};
use recant::judge::{Finding, Lag};
use recant::model::{
    AskedControl, Bounds, Exception, ExceptionKind, Facts, Moment, Outcome, Owner, Place, Profile,
    RanBy, Refusal, ToldBy, Verdict, Waived, Waiver, WaiverStanding, Waivers,
};
use recant::plan::{PlanRecord, Planned};
use recant::report::{self, Evidence, HistoryNamed, Report, Undo};
use recant::requirements::Catalog;

/// Markup, an end of CDATA, ANSI, bidi, a workflow command, an attachment, a formula, NUL, U+FFFF, a mention, a link.
pub const HOSTILE: &str = "=1+1|`<b>&\"'</b>]]>\u{1b}[31mred\u{202e}txt\n::set-output name=x::y\n##vso[task.complete] \
     [[ATTACHMENT|/etc/passwd]] \u{0}\u{ffff} @someone [x](https://example.org) ![i](x)";

pub fn place(file: &str, line: usize) -> Place {
    Place { file: file.into(), line, column: 10 }
}

fn planned(scenario: &str, line: usize, selected: bool) -> Planned {
    Planned {
        scenario: scenario.into(),
        place: place("shipped:features/enforcement/old-token.feature", line),
        tags: vec!["E-01".into()],
        selected,
        obligations: 0,
        shard: None,
    }
}

fn exception(last: &str) -> Exception {
    Exception {
        kind: ExceptionKind::OfflineGrace,
        of: "orders".into(),
        up_to: Some(600_000),
        reason: HOSTILE.into(),
        owner: Some("Tills".into()),
        contact: Some("tills@example.org".into()),
        expires: Some(last.into()),
    }
}

/// One in force, one that has expired, and one that nothing needs.
fn waivers() -> Waivers {
    let waiver = |requirement: &str, service: Option<&str>, expires: &str| Waiver {
        requirements: [requirement.to_owned()].into(),
        target: "demo".into(),
        service: service.map(str::to_owned),
        reason: HOSTILE.into(),
        owner: HOSTILE.into(),
        created: "2026-10-01".into(),
        expires: expires.into(),
        ticket: HOSTILE.into(),
        ..Waiver::default()
    };
    let all = vec![
        waiver("token/new-token-follows-entitlement", Some("orders"), "2026-12-24"),
        waiver("team/own-rule", None, "2026-11-23"),
        waiver("token/refresh-follows-entitlement", None, "2026-12-24"),
    ];
    Waivers { longest_days: 90, all }
}

fn controls() -> Vec<AskedControl> {
    let ids = ["token/new-token-follows-entitlement", "token/refresh-never-widens"];
    let requirements = ids.map(str::to_owned).into();
    vec![AskedControl { control: "PR.AC-4".into(), requirements }]
}

/// What a failure says of the waivers above.
pub fn waived(standing: WaiverStanding, expires: &str) -> Option<Waived> {
    Some(Waived {
        standing,
        owner: HOSTILE.into(),
        reason: HOSTILE.into(),
        created: "2026-10-01".into(),
        expires: expires.into(),
        ticket: HOSTILE.into(),
    })
}

pub fn plan() -> PlanRecord {
    PlanRecord {
        version: 1,
        run: "2026-11-24T10-00-00-demo".into(),
        tool: env!("CARGO_PKG_VERSION").into(),
        planned: "2026-11-24T10:00:00Z".into(),
        command: vec!["recant".into(), "run".into()],
        by: Some(RanBy { name: HOSTILE.into(), told: ToldBy::Option, job: None }),
        signer: None,
        target: "demo".into(),
        target_version: Some("1.4.2".into()),
        target_file: "targets/demo.toml".into(),
        environment: "lab".into(),
        profile: Profile::Standard,
        bounds: Bounds::of(Profile::Standard),
        owners: vec![Owner {
            area: "payments".into(),
            name: HOSTILE.into(),
            contact: "team@example.org".into(),
            policies: Vec::new(),
        }],
        absent: Vec::new(),
        exceptions: vec![exception("2026-12-31"), exception("2026-11-01")],
        waivers: waivers(),
        controls: controls(),
        shard: None,
        shards: Vec::new(),
        faults: vec!["revocation-ignored".into()],
        tls_verified: false,
        seed: None,
        sources: "ef".repeat(32),
        digests: BTreeMap::from([("targets/demo.toml".to_owned(), "ab".repeat(32))]),
        tags: Some("@enforcement".into()),
        paths: Vec::new(),
        scenarios: vec![
            planned("Old tokens / after role-removal", 12, true),
            planned("Old tokens / after risk-elevation", 13, true),
            planned("Old tokens / after device-change", 14, true),
            planned("Old tokens / after policy-edit", 15, false),
        ],
    }
}

pub fn facts() -> Facts {
    Facts {
        target: "demo".into(),
        version: plan().target_version,
        environment: "lab".into(),
        profile: Profile::Standard,
        bounds: Bounds::of(Profile::Standard),
        owners: Vec::new(),
        bounds_owner: None,
        exceptions: Vec::new(),
        inputs: Vec::new(),
        services: BTreeMap::new(),
        roles: BTreeMap::new(),
        authority_claims: vec!["scope".into()],
        claims_read: None,
        absent: Vec::new(),
        provides: Vec::new(),
        advertised: Vec::new(),
        unchangeable: false,
        other_grants: Vec::new(),
        clients: BTreeMap::new(),
        access_logged: Vec::new(),
        change_log: None,
        grants: BTreeMap::new(),
        exchange: None,
    }
}

pub fn begin() -> Begin {
    Begin {
        version: recant::history::VERSION,
        run: plan().run,
        tool: env!("CARGO_PKG_VERSION").into(),
        started: "2026-11-24T10:00:01Z".into(),
        by: plan().by,
        ahead: None,
        facts: facts(),
        waivers: waivers(),
        controls: controls(),
        shard: None,
    }
}

fn op(index: u64, at_ms: u64, action: Action, outcome: Outcome) -> [Line; 2] {
    let invocation = recant::history::Invocation {
        op: index,
        instance: "role-removal".into(),
        at: Moment::default().plus_ms(at_ms),
        action,
    };
    let completion = recant::history::Completion {
        op: index,
        at: Moment::default().plus_ms(at_ms + 10),
        outcome,
        seen: Seen::default(),
    };
    [Line::Invoke(invocation), Line::Complete(Box::new(completion))]
}

pub fn view(end: Option<(bool, u32)>) -> View {
    let call = Action::Call {
        subject: "subject".into(),
        service: "orders".into(),
        operation: "create order".into(),
        token: "t1".into(),
        route: 0,
        replica: 0,
        arm: recant::history::Arm::Hot,
        detour: None,
    };
    let issue = Action::Issue {
        token: None,
        exchange: None,
        subject: "subject".into(),
        grant: "password".into(),
        service: "orders".into(),
        scope: None,
    };
    let refused = Outcome::Refused(Refusal { status: 401, error: None, challenged: true });
    let mut lines = vec![Line::Begin(Box::new(begin()))];
    lines.extend(op(0, 5, Action::ReadDecisions, Outcome::Unknown("timed out".into())));
    lines.extend(op(1, 10, issue, Outcome::Accepted));
    lines.extend(op(2, 20, call.clone(), Outcome::Accepted));
    lines.extend(op(3, 30, Action::AdvanceClock { ms: 600_000 }, Outcome::Accepted));
    lines.extend(op(4, 600_040, call, refused));
    let file = "shipped:features/enforcement/old-token.feature";
    for (scenario, line, halted) in [
        ("Old tokens / after role-removal", 12, None),
        ("Old tokens / after risk-elevation", 13, Some("the change was refused".to_owned())),
    ] {
        let place = place(file, line);
        lines.push(Line::Ran { scenario: scenario.into(), place, halted });
    }
    if let Some((interrupted, unrestored)) = end {
        lines.push(Line::End { interrupted, unrestored });
    }
    View::of(lines)
}

pub fn finding(requirement: &str, alias: &str, service: &str, verdict: Verdict) -> Finding {
    Finding {
        requirement: requirement.into(),
        alias: alias.into(),
        scenario: "role-removal".into(),
        service: (!service.is_empty()).then(|| service.into()),
        verdict,
        advisory: false,
        because: "the earlier token was accepted 6 times after the bound of 0 s".into(),
        evidence: (1..=5).collect(),
        shard: None,
        lag: None,
        residual_seconds: None,
        waiver: None,
        place: place("shipped:features/enforcement/old-token.feature", 7),
        obligation: "a new token follows the entitlement".into(),
    }
}

pub fn findings() -> Vec<Finding> {
    let lag = |least, most, flapped| {
        Some(Lag { at_least_ms: least, at_most_ms: most, flapped, bound_ms: Some(10_000) })
    };
    let (id, alias) = ("token/new-token-follows-entitlement", "T-01");
    let of = |service, verdict| finding(id, alias, service, verdict);
    vec![
        of("accounts", Verdict::Pass),
        Finding { lag: lag(10_234, Some(10_361), true), ..of("orders", Verdict::Fail) },
        Finding {
            lag: lag(14_299, None, false),
            waiver: waived(WaiverStanding::InForce, "2026-12-24"),
            ..of("orders", Verdict::Fail)
        },
        Finding {
            because: HOSTILE.into(),
            scenario: HOSTILE.into(),
            obligation: HOSTILE.into(),
            place: place(HOSTILE, 3),
            evidence: (0..40).collect(),
            waiver: waived(WaiverStanding::Expired, "2026-11-23"),
            ..finding("team/own-rule", HOSTILE, HOSTILE, Verdict::Fail)
        },
        Finding { residual_seconds: Some(290), ..of("ledger", Verdict::Bounded) },
        Finding {
            because: HOSTILE.into(),
            ..finding("token/refresh-follows-entitlement", "T-02", "", Verdict::Inconclusive)
        },
        Finding { advisory: true, ..of("reports", Verdict::Fail) },
        Finding {
            because: "the target declares `exchange` absent: nobody needs it".into(),
            evidence: Vec::new(),
            ..finding("token/exchange-never-amplifies", "T-07", "", Verdict::NotApplicable)
        },
    ]
}

pub fn calibration() -> Calibration {
    Calibration {
        calibrated: true,
        tool: "VERSION".into(),
        date: Some("2026-11-24".into()),
        sources: "ef".repeat(32),
        faults: 34,
        noticed: 34,
        classes: 6,
        clean_classes: 6,
        within_reach: 31,
        ..Calibration::default()
    }
}

pub fn build(findings: &[Finding], end: Option<(bool, u32)>, undo: &Undo) -> Report {
    report::build(Evidence {
        plan: &plan(),
        view: &view(end),
        history: &HistoryNamed { lines: 14, head: "cd".repeat(32) },
        findings,
        undo,
        calibration: &calibration(),
        catalog: Catalog::shipped(),
        frameworks: Frameworks::shipped(),
    })
}

pub fn literal() -> Report {
    build(
        &findings(),
        Some((false, 0)),
        &Undo { unrestored: Vec::new(), changed: true, ..Undo::default() },
    )
}
