//! The command: what is looked at, in which order, and how it is said.

use std::path::{Path, PathBuf};

use super::derived::Derived;
use super::outcome::{Check, Evidence, Name, Verified, Word};
use super::timestamp::{Clocks, timestamp};
use super::tree::Tree;
use super::{files, outcome, record, shards, signature, text, waivers};
use crate::attest::PublicKey;
use crate::cli::output::{Format, say};
use crate::cli::{Shared, keys, run_folder, undo};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::{self, MANIFEST, Manifest, Record, Report};

/// Options of `recant verify`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The run folder.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// A public key (PEM) that must have signed; given several times, each of them. It must come from its owner, never from the folder.
    #[arg(long, value_name = "FILE")]
    pub key: Vec<PathBuf>,
    /// Certificates (PEM) of the authorities that may have time-stamped the signature (RFC 3161). They must come from elsewhere than the folder.
    #[arg(long, value_name = "FILE")]
    pub timestamp_ca: Option<PathBuf>,
    /// The policy that the time-stamp must have been given by, such as 1.3.6.1.4.1.13762.3.
    #[arg(long, value_name = "OID", requires = "timestamp_ca")]
    pub timestamp_policy: Option<String>,
    /// Exit 3 also where there is something to beware of: not signed, no key given, not calibrated.
    #[arg(long)]
    pub strict: bool,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Verifies, and says what was found.
///
/// # Errors
/// Where a key can't be read, or there is no such folder.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    let keys = keys::public(&args.key)?;
    let authorities = args.timestamp_ca.as_deref().map(keys::authorities).transpose()?;
    let clocks = Clocks {
        authorities: authorities.unwrap_or_default(),
        policy: args.timestamp_policy.clone(),
    };
    run_folder::is_there(&args.folder)?;
    let verified = verify_by(&args.folder, &keys, &clocks, args.strict);
    match args.format {
        Format::Text => say(&text::render(&verified, shared.quiet))?,
        Format::Json => {
            let json = serde_json::to_string_pretty(&verified);
            let json = json.map_err(|e| Error::Broken(format!("it can't be written: {e}")))?;
            say(&format!("{json}\n"))?;
        }
    }
    Ok(verified.evidence.exit())
}

/// Schema of `recant verify --format json`.
#[must_use]
pub fn verify_schema() -> schemars::Schema {
    report::schema::<Verified>("recant verify, format recant-verify/v1")
}

/// Makes every check. One that another check stands in the way of is open.
#[must_use]
pub fn verify(folder: &Path, keys: &[PublicKey], strict: bool) -> Verified {
    verify_by(folder, keys, &Clocks::default(), strict)
}

/// The same, with authorities that may have time-stamped the signature.
#[must_use]
pub fn verify_by(folder: &Path, keys: &[PublicKey], clocks: &Clocks, strict: bool) -> Verified {
    let mut looked = Looked::default();
    look(folder, keys, clocks, &mut looked);
    let mut checks = looked.checks;
    let asked = |name: &Name| *name != Name::Timestamp || !clocks.authorities.is_empty();
    for name in Name::ALL.into_iter().filter(asked) {
        if checks.iter().all(|c| c.check != name) {
            checks.push(name.is(Word::Open, "not looked at, because of what failed before"));
        }
    }
    checks.sort_by_key(|c| c.check);
    let evidence = Evidence::of(&checks, strict);
    Verified {
        format: outcome::FORMAT.into(),
        run: looked.run,
        result: looked.result,
        evidence,
        exit_code: evidence.exit().code(),
        not_proven: not_proven(&checks),
        checks,
    }
}

#[derive(Default)]
struct Looked {
    checks: Vec<Check>,
    run: Option<String>,
    result: Option<Exit>,
}

fn look(folder: &Path, keys: &[PublicKey], clocks: &Clocks, looked: &mut Looked) {
    let tree = match Tree::read(folder) {
        Ok(tree) => tree,
        Err(why) => return looked.checks.push(Name::Folder.is(Word::Failed, why)),
    };
    looked.checks.push(files::folder(&tree));
    looked.checks.push(files::secrets(&tree));
    // What a link leads to is not read, by no check.
    if !tree.wrong.is_empty() {
        return;
    }
    let manifest = manifest(folder, &tree, &mut looked.checks);
    let stored: Result<Report, String> = report::read_json(&folder.join("report.json"));
    let (sealed, told) = (manifest.as_ref(), stored.as_ref().ok());
    looked.result = told.map(Report::derive);
    looked.checks.push(signature::signature(folder, &tree, sealed, told, keys));
    looked.checks.extend(timestamp(folder, &tree, clocks));
    let record = match Record::open(folder) {
        Ok(record) => record,
        Err(why) => return looked.checks.push(Name::History.is(Word::Failed, why)),
    };
    looked.run = Some(record.plan.run.clone());
    let parts = shards::each(folder, &record);
    let undo = undo(folder, &record);
    looked.checks.push(record::history(&record, sealed));
    looked.checks.extend(match record.shards.is_empty() {
        true => [
            record::plan(&record, sealed),
            record::times(&record),
            record::undo_journal(folder, &record, &undo),
        ],
        false => {
            [shards::plan(&record, sealed), shards::times(&record), shards::undo_journal(&record)]
        }
    });
    let Ok(undo) = undo else { return shards::fold(&mut looked.checks, &parts) };
    let fresh = record.report(&record.judge(), &undo);
    looked.checks.push(waivers::waivers(&record, &fresh));
    let stored = stored.as_ref().map_err(String::as_str);
    let derived = Derived { folder, record: &record, fresh: &fresh, stored };
    looked.checks.extend([
        derived.report(),
        derived.findings(),
        derived.renders(&tree),
        derived.counts(),
        derived.calibration(),
    ]);
    shards::fold(&mut looked.checks, &parts);
}

fn manifest(folder: &Path, tree: &Tree, checks: &mut Vec<Check>) -> Option<Manifest> {
    let manifest = match report::manifest_of(folder) {
        Ok(Some(manifest)) => manifest,
        Ok(None) => {
            let why = format!(
                "there is no {MANIFEST}: the run did not come to its end (recant restore undoes what it left), or it was removed"
            );
            checks.push(Name::Manifest.is(Word::Failed, why));
            return None;
        }
        Err(why) => {
            checks.push(Name::Manifest.is(Word::Failed, why));
            return None;
        }
    };
    checks.push(files::manifest(&manifest));
    checks.push(files::files(&manifest, tree));
    checks.push(files::root(&manifest));
    Some(manifest)
}

/// What nobody may conclude.
fn not_proven(checks: &[Check]) -> Vec<String> {
    let signed = checks.iter().any(|c| c.check == Name::Signature && c.word == Word::Ok);
    let who = if signed {
        "that the owner of the key made this: whoever got hold of the key signs as well"
    } else {
        "who made this: without a key that came by another way, whoever can write the folder can make all of it anew, \
         consistently"
    };
    let stamped = checks.iter().any(|c| c.check == Name::Timestamp && c.word == Word::Ok);
    let when = if stamped {
        "that it did not happen earlier: a time-stamp says by when it was signed, the other times are those of the machine that ran it"
    } else {
        "when it happened: the times are those of the machine that ran it"
    };
    let others = [
        "that the system which was driven is the one that is named: whoever runs recant chooses the address, and what \
         answers there",
        "that scenarios, bounds, exceptions, waivers and what is declared absent suit the system: read the plan",
        when,
    ];
    std::iter::once(who).chain(others).map(str::to_owned).collect()
}
