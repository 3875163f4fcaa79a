//! One hostile corpus through every format. Each output is read by a real parser of its medium and found inert.

use std::path::Path;

use recant::judge::Finding;
use recant::model::{RanBy, ToldBy, Verdict};
use recant::report::kinds::{self, Kind, Source};
use recant::report::{self, Entry, Report, Undo, visible};
use serde_json::Value;

use super::{build, finding, findings, literal, terminal, view};

/// What a target, a feature file or a token may hold, each with its name.
fn corpus() -> Vec<(&'static str, String)> {
    let own = |text: &str| text.to_owned();
    vec![
        (
            "markup",
            own("<script>alert(1)</script><img src=x onerror=alert(1)>&\"'<!-- --> ]]> <![CDATA["),
        ),
        ("closing tags", own("</script></title></textarea></style></svg><svg onload=alert(1)>")),
        ("ansi", own("\u{1b}[31mred\u{1b}[0m\u{1b}[2J\u{1b}[1;1H\u{9b}31m\u{7}\u{8}")),
        (
            "osc 8 and osc 52",
            own("\u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{7}\u{1b}]52;c;aGk=\u{7}"),
        ),
        ("bidi", own("\u{202e}txt.exe\u{202c}\u{2066}a\u{2069}\u{200f}\u{61c}")),
        ("zero width", own("pass\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}ed")),
        ("tag characters", own("\u{e0001}\u{e0041}\u{e007f}")),
        ("formulas", own("=cmd|'/c calc'!A1")),
        ("formula with plus", own("+HYPERLINK(\"https://evil.example\")")),
        ("formula with at", own("@SUM(1+1)\t-2")),
        (
            "workflow commands",
            own(
                "::error file=a,line=1::x\n::set-output name=x::y\r\n::add-mask::z\r::stop-commands::t",
            ),
        ),
        ("escaped commands", own("%0A::error::x%0D%25,file=evil:1")),
        ("older commands", own("##[error]x ##vso[task.complete result=Failed] ##teamcity[x]")),
        ("attachments", own("[[ATTACHMENT|/etc/passwd]]")),
        ("controls", (0_u8..0x20).chain([0x7f]).map(char::from).collect()),
        ("upper controls", (0x80_u8..0xa0).map(char::from).collect()),
        ("no characters", own("\u{fffe}\u{ffff}\u{1fffe}\u{10ffff}\u{fdd0}")),
        ("separators", own("a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f")),
        (
            "markdown",
            own(
                "`code` ``two`` | cell | **b** [x](javascript:alert(1)) ![i](https://evil.example/i.png) @someone #1 <b>\n# h\n- x\n\n---\n```\n",
            ),
        ),
        ("placeholders", own("{0} {{1}} [rule](0) [x](https://evil.example) \\[ \\")),
        (
            "paths and addresses",
            own("../../etc/passwd javascript:alert(1) data:text/html,x //evil.example #frag ?q"),
        ),
        ("surrogates as text", own("\\ud800 \\udfff \u{fffd}")),
        ("json", own("\",\"verdict\":\"pass\",\"x\":\"")),
        ("blanks", own(" \t \u{a0}\u{3000} ")),
        ("nothing", own("")),
        ("combining", format!("a{}", "\u{301}".repeat(500))),
        ("a megabyte", "A<&`".repeat(256 * 1024)),
        ("a megabyte of controls", "\u{1b}[31m\u{202e}".repeat(128 * 1024)),
    ]
}

/// A finding that is hostile wherever foreign text can stand.
fn hostile(text: &str, verdict: Verdict) -> Finding {
    let mut finding = finding(text, text, text, verdict);
    finding.because = text.into();
    finding.scenario = text.into();
    finding.obligation = text.into();
    finding.place.file = text.into();
    finding
}

/// A report of hostile findings, in a run that is hostile too.
fn report_of(texts: &[String]) -> Report {
    let verdicts = [Verdict::Fail, Verdict::Inconclusive, Verdict::Bounded, Verdict::NotApplicable];
    let mut all: Vec<_> =
        texts.iter().flat_map(|t| verdicts.into_iter().map(move |v| hostile(t, v))).collect();
    all.extend(findings());
    let mut report = build(&all, Some((false, 0)), &Undo::default());
    for text in texts {
        report.target.owners.extend(literal().target.owners.into_iter().map(|mut owner| {
            (owner.area, owner.name, owner.contact) = (text.clone(), text.clone(), text.clone());
            owner
        }));
        report.target.faults.push(text.clone());
        report.digests.insert(text.clone(), "ab".repeat(32));
        report.run.command.push(text.clone());
        report.unrestored.push(text.clone());
    }
    let told = texts.concat();
    report.run.by =
        Some(RanBy { name: told.clone(), told: ToldBy::GithubActions, job: Some(told.clone()) });
    report.target.version = Some(told);
    report.target.name = texts[0].clone();
    report.target.environment = texts[0].clone();
    report.result = report.derive();
    report.exit_code = report.result.code();
    report
}

fn written(kind: Kind, report: &Report) -> String {
    let entry = |path: &str| Entry { path: path.into(), size: 1, sha256: "ab".repeat(32) };
    let evidence = [entry("history.jsonl"), entry("plan.json")];
    let bytes = kinds::render(
        kind,
        Source { report, views: &(&view(Some((false, 0)))).into(), evidence: &evidence },
    );
    String::from_utf8(bytes.expect("it can be written")).expect("reports are UTF-8")
}

/// All texts of a JSON document, keys too.
fn texts<'a>(value: &'a Value, out: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => out.push(text),
        Value::Array(all) => all.iter().for_each(|v| texts(v, out)),
        Value::Object(all) => all.iter().for_each(|(k, v)| {
            out.push(k);
            texts(v, out);
        }),
        _ => {}
    }
}

fn inert_json(what: &str, value: &Value) {
    let mut all = Vec::new();
    texts(value, &mut all);
    for text in all {
        let shown = |c: &char| visible::line_upto(&c.to_string(), 9) == c.to_string();
        let odd = text.chars().find(|c| *c != '\n' && !shown(c));
        assert_eq!(odd, None, "{what}: {text:?}");
        // OSCAL gives the owner's text twice at most; nobody gives a megabyte on.
        assert!(text.len() < 100_000, "{what}: a text of {} bytes", text.len());
    }
}

#[test]
fn json_formats_show_foreign_text_and_obey_none() {
    for (name, text) in corpus() {
        let report = report_of(&[text]);
        for kind in [Kind::Sarif, Kind::Oscal, Kind::Hdf, Kind::Gitlab] {
            let what = format!("{} of {name}", kind.name());
            let value = serde_json::from_str(&written(kind, &report)).expect(&what);
            inert_json(&what, &value);
        }
        let lines = written(Kind::Messages, &report);
        for line in lines.lines() {
            let value = serde_json::from_str(line).expect(name);
            inert_json(&format!("messages of {name}"), &value);
        }
        // Our own format is the record: it keeps every character, escaped.
        let own: Report = serde_json::from_str(&written(Kind::Json, &report)).expect(name);
        assert_eq!(own, report, "{name}");
    }
}

#[test]
fn a_lone_surrogate_is_no_text_and_is_not_read() {
    let report = written(Kind::Json, &literal()).replace("the earlier token", "the \\ud800 token");
    assert!(serde_json::from_str::<Report>(&report).is_err());
    assert!(serde_json::from_str::<Report>(&report.replace("\\ud800", "\\ud83d\\ude00")).is_ok());
}

#[test]
fn oscal_holds_together_and_sarif_has_no_links_of_others() {
    let all: Vec<_> = corpus().into_iter().map(|(_, text)| text).collect();
    let report = report_of(&all);
    let oscal: Value = serde_json::from_str(&written(Kind::Oscal, &report)).expect("JSON");
    assert_eq!(report::oscal::dangling(&oscal), Vec::<String>::new());
    let sarif: Value = serde_json::from_str(&written(Kind::Sarif, &report)).expect("JSON");
    for result in sarif["runs"][0]["results"].as_array().expect("results") {
        let said = result["message"]["text"].as_str().expect("a message");
        let (mut escaped, mut open) = (false, 0);
        for c in said.chars() {
            open += usize::from(c == '[' && !escaped);
            escaped = c == '\\' && !escaped;
        }
        assert_eq!(open, 0, "{said}");
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        let uri = uri.as_str().expect("a URI");
        assert!(!uri.contains(':') && !uri.contains('<') && !uri.contains(' '), "{uri}");
    }
}

#[test]
fn a_terminal_is_coloured_and_nothing_else() {
    #[derive(Default)]
    struct Seen(Vec<String>);
    impl anstyle_parse::Perform for Seen {
        fn print(&mut self, c: char) {
            if c.is_control() {
                self.0.push(format!("character {c:?}"));
            }
        }
        fn execute(&mut self, byte: u8) {
            if byte != b'\n' {
                self.0.push(format!("control {byte}"));
            }
        }
        fn csi_dispatch(&mut self, _: &anstyle_parse::Params, _: &[u8], _: bool, action: u8) {
            if action != b'm' {
                self.0.push(format!("CSI {action}"));
            }
        }
        fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
            self.0.push("OSC".into());
        }
        fn esc_dispatch(&mut self, _: &[u8], _: bool, byte: u8) {
            self.0.push(format!("ESC {byte}"));
        }
        fn hook(&mut self, _: &anstyle_parse::Params, _: &[u8], _: bool, action: u8) {
            self.0.push(format!("DCS {action}"));
        }
    }
    for (name, text) in corpus() {
        let report = report_of(&[text]);
        let mut seen = Seen::default();
        let mut parser = anstyle_parse::Parser::<anstyle_parse::DefaultCharAccumulator>::new();
        for byte in terminal(&report, false, true).bytes() {
            parser.advance(&mut seen, byte);
        }
        assert_eq!(seen.0, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn markdown_holds_no_markup_of_others() {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    for (name, text) in corpus() {
        let page = written(Kind::Markdown, &report_of(&[text]));
        assert!(page.len() <= report::markdown::LARGEST, "{name}");
        for event in Parser::new_ext(&page, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
        {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => panic!("{name}: markup {html}"),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    panic!("{name}: a link to {dest_url}")
                }
                Event::Start(Tag::CodeBlock(_)) => panic!("{name}: a code block"),
                Event::Text(text) => {
                    assert!(!text.contains("evil.example"), "{name}: {text}");
                    assert!(!text.contains("@someone"), "{name}: {text}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn junit_is_xml_whatever_was_said() {
    for (name, text) in corpus() {
        let report = report_of(&[text]);
        let xml = written(Kind::Junit, &report);
        assert!(xml.chars().all(visible::is_xml), "{name}");
        let read = quick_junit::Report::deserialize_from_str(&xml).expect(name);
        let cases = read.test_suites.iter().map(|s| s.test_cases.len()).sum::<usize>();
        let not_run = report.not_run.iter().filter(|n| !n.judged).count();
        assert_eq!(cases, report.findings.len() + 4 + not_run, "{name}: a case for each finding");
    }
}

/// As the runner of GitHub Actions reads a line (actions/runner, `ActionCommand.TryParseV2`): command, properties, data.
type Command = (String, Vec<(String, String)>, String);

fn command(line: &str) -> Option<Command> {
    let line = line.trim_start().strip_prefix("::")?;
    let (head, data) = line.split_once("::")?;
    let (name, rest) = head.split_once(' ').unwrap_or((head, ""));
    let back = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":");
        text.replace("%2C", ",").replace("%25", "%")
    };
    let properties = rest.split(',').filter_map(|p| p.split_once('='));
    let properties = properties.map(|(k, v)| (k.trim().to_owned(), back(v))).collect();
    Some((name.to_owned(), properties, back(data)))
}

#[test]
fn a_runner_sees_our_annotations_and_no_command_of_others() {
    for (name, text) in corpus() {
        let mut report = report_of(&[text]);
        report.not_run.clear();
        for line in written(Kind::Github, &report).lines() {
            let (command, properties, data) = command(line).expect(name);
            assert!(["error", "warning", "notice"].contains(&command.as_str()), "{name}: {line}");
            let keys: Vec<_> = properties.iter().map(|(k, _)| k.as_str()).collect();
            assert!(
                keys == ["title"] || keys == ["file", "line", "col", "title"],
                "{name}: {keys:?}"
            );
            let odd = data.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(odd, None, "{name}");
            for line in data.lines() {
                assert!(self::command(line).is_none(), "{name}: {line}");
            }
        }
        let rest = terminal(&report, false, false);
        assert!(!rest.lines().any(|l| command(l).is_some()), "{name}");
    }
}

/// Everything at once as files, which `tests/validators/run` hands to the tools that others read them with.
#[test]
fn all_of_it_as_files_for_the_validators() {
    let texts: Vec<_> = corpus().into_iter().map(|(_, text)| text).collect();
    let report = report_of(&texts);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile-reports");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (kind, name) in [
        (Kind::Json, "report.json"),
        (Kind::Junit, "junit.xml"),
        (Kind::Markdown, "report.md"),
        (Kind::Sarif, "recant.sarif"),
        (Kind::Oscal, "oscal.json"),
        (Kind::Hdf, "hdf.json"),
        (Kind::Html, "report.html"),
        (Kind::Messages, "messages.ndjson"),
        (Kind::Gitlab, "gitlab.json"),
        (Kind::Github, "log"),
    ] {
        std::fs::write(folder.join(name), written(kind, &report)).expect("written");
    }
    assert_eq!(Kind::ALL.len(), 10, "every format is here");
}
