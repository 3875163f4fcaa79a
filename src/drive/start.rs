//! Starting a run: secrets, endpoints, files, and the first line of the record.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::logs::Logs;
use super::possession::Certificates;
use super::signals::Endpoint;
use super::{
    Admin, Budget, Cancel, Clock, Halt, HttpClient, Issuers, Journal, Locks, Now, Recorder, Run,
    RunInputs, Slots, Values, Vault, Wallet,
};
use super::{credentials, moving};
use crate::history::{Begin, VERSION};
use crate::plan::{ClockMove, Declared, Roots};

/// Probes in flight at once, over the whole run.
const PROBES_IN_FLIGHT: usize = 64;

/// Scenarios that undo at once.
const UNDO_AT_ONCE: usize = 16;

/// What talks to a target: shared by runs and by restoring.
pub(super) struct Reach {
    pub vault: Arc<Vault>,
    pub http: HttpClient,
    pub certificates: Certificates,
    pub base: Values,
    pub admin: Arc<Admin>,
}

impl Reach {
    /// Resolves secrets and sets up TLS.
    pub(super) async fn open(
        declared: &Arc<Declared>,
        env: &std::collections::BTreeMap<String, String>,
    ) -> Result<Self, Halt> {
        let vault = Vault::open(declared, env).await.map_err(|why| Halt::Broken(why.join("; ")))?;
        let vault = Arc::new(vault);
        let ca = roots(declared, env).await?;
        let http = HttpClient::new(&declared.target.http, ca.as_deref(), None);
        let http = http.map_err(Halt::Broken)?;
        let certificates = Certificates::open(declared, &vault, ca).map_err(Halt::Broken)?;
        let base = Values::of_target(&declared.target.values, &vault);
        let admin = Admin::new(http.clone(), vault.clone(), declared.clone(), base.clone());
        Ok(Self { vault, http, certificates, base, admin: Arc::new(admin) })
    }
}

/// The further roots of a target.
async fn roots(
    declared: &Declared,
    env: &std::collections::BTreeMap<String, String>,
) -> Result<Option<Vec<u8>>, Halt> {
    match &declared.target.http.ca {
        None => Ok(None),
        Some(Roots::File(path)) => {
            let path = declared.folder.join(path);
            let read = std::fs::read(&path);
            read.map(Some).map_err(|e| Halt::Broken(format!("{}: {e}", path.display())))
        }
        Some(Roots::Named(named)) => {
            let found = credentials::one(named, &declared.folder, env).await;
            let found = found.map_err(|why| Halt::Broken(format!("`ca` of `[http]`: {why}")))?;
            Ok(Some(found.into_bytes()))
        }
    }
}

pub(super) async fn start(inputs: RunInputs) -> Result<Arc<Run>, Halt> {
    let declared = inputs.declared;
    let reach = Reach::open(&declared, &inputs.overlay.env).await?;
    let [endpoint, logouts] = endpoints(&declared, &reach).await.map_err(Halt::Broken)?;
    let (started, origin) = (jiff::Timestamp::now(), Instant::now());
    let recorder = Arc::new(std::sync::OnceLock::new());
    let moved = declared.recipe.clock.clone();
    let settles = moved.as_ref().map_or(Duration::ZERO, ClockMove::settling);
    let advance = moved.map(|by| moving::advance(by, reach.admin.clone(), recorder.clone()));
    let clock = Arc::new(Clock::starting(origin, advance).settling(settles));

    // What the target dates is dated by its own clock, which an earlier run may have moved.
    let ahead = moving::ahead(&declared, &reach.admin, started, origin).await;
    let zero = started.as_nanosecond() + i128::from(ahead.unwrap_or_default()) * 1_000_000;
    let wall = wall(zero, clock.clone());
    let issuers = Issuers::start(declared.clone(), reach.vault.clone(), reach.http.clone(), wall);
    let issuers = issuers.await.map_err(Halt::Broken)?.with_certificates(reach.certificates);
    let begin = Begin {
        version: VERSION,
        run: inputs.run.clone(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        started: started.to_string(),
        by: inputs.by,
        ahead,
        facts: declared.facts(issuers.advertised()),
        waivers: inputs.waivers,
        controls: inputs.controls,
        shard: inputs.shard,
    };
    let folder = inputs.folder.display();
    let broken = |e| Halt::Broken(format!("the run folder {folder} can't be written: {e}"));
    let record =
        Recorder::create(&inputs.folder.join("history.jsonl"), begin.clone()).map_err(broken)?;
    let record = recorder.get_or_init(|| Arc::new(record)).clone();
    let journal = Journal::create(&inputs.folder.join("undo.jsonl")).map_err(broken)?;
    let (logs, cancel) = (Logs::of(&declared, &reach.vault, &reach.http), Cancel::default());
    // With a movable clock probes cost the target no time, so that only their number at once counts.
    let rate = (!clock.movable()).then_some(declared.target.http.probes_per_second);
    Ok(Arc::new(Run {
        name: inputs.run,
        begin: Arc::new(begin),
        zero,
        longest_wait: inputs.longest_wait,
        recorder: record,
        journal,
        vault: reach.vault,
        base: reach.base,
        http: reach.http,
        issuers,
        logs,
        wallet: Wallet::new(),
        admin: reach.admin,
        pages: super::Pages::default(),
        endpoint,
        logouts,
        slots: Slots::new(clock.clone(), inputs.concurrency, cancel.clone()),
        clock,
        locks: Locks::new(&declared.target.subject.pool),
        budget: Budget::new(rate, PROBES_IN_FLIGHT),
        cancel,
        undoing: Arc::new(Semaphore::new(UNDO_AT_ONCE)),
        scripts: inputs.scripts,
        declared,
        driven: Mutex::default(),
        cleanups: Mutex::default(),
        unrestored: Mutex::default(),
        names: AtomicU64::new(0),
        seed: inputs.seed,
    }))
}

/// Where transmitters push to, and where the issuer tells a client of logouts. What transmitters must show is made here and known from
/// here on, so that it is struck out of what they echo.
async fn endpoints(declared: &Declared, reach: &Reach) -> Result<[Option<Endpoint>; 2], String> {
    let signals = &declared.target.signals;
    let push = signals.transmitter.as_ref().and_then(|t| t.push.as_ref());
    let mut both = [None, None];
    for (place, at) in both.iter_mut().zip([push, signals.logout.as_ref()]) {
        let Some(at) = at else { continue };
        let url = at.url.as_ref().map(|url| reach.base.text(url)).transpose()?;
        *place = Some(Endpoint::listen(at, url).await?);
    }
    for shown in both.iter().flatten().map(Endpoint::authorization) {
        for text in [shown, shown.trim_start_matches("Bearer ")] {
            reach.vault.learn("authorization of pushes", text);
        }
    }
    Ok(both)
}

/// The target's wall time, Unix seconds.
fn wall(zero: i128, clock: Arc<Clock>) -> Now {
    let seconds = u64::try_from(zero / 1_000_000_000).unwrap_or_default();
    Arc::new(move || seconds.saturating_add(clock.now().0 / 1_000_000_000))
}
