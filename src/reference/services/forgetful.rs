//! What only faults have: decisions that are remembered under a key which leaves something out. Like many caches it takes in only what is
//! asked for again and again, and keeps it for a moment.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use super::guard::Ask;
use crate::reference::faults::{Fault, Faults};
use crate::reference::store::digest_of;

/// So often something must have been allowed before it is remembered.
const HABIT: u32 = 4;
/// And so recently, milliseconds.
const KEPT_MS: i64 = 2_000;
/// No more keys than this are counted.
const MOST: usize = 10_000;

/// How often what was allowed, and when last.
#[derive(Default)]
pub struct Forgetful(Mutex<HashMap<String, (u32, i64)>>);

impl Forgetful {
    /// The key of a request, where a fault is on: what it leaves out is what is forgotten.
    pub fn key(faults: &Faults, ask: &Ask, claims: &Map<String, Value>) -> Option<String> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        if faults.has(Fault::DecisionKeyForgetsAction) {
            Some(format!("{:02x?}", digest_of(ask.token)))
        } else if faults.has(Fault::DecisionKeyForgetsToken) {
            Some(format!("{} {} {}", text("sub"), text("aud"), ask.needs))
        } else {
            None
        }
    }

    /// True where something was allowed so often, and so recently, that it is not asked about again.
    pub fn knows(&self, key: &str, now_ms: i64) -> bool {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.get(key).is_some_and(|(times, last)| *times >= HABIT && now_ms - last < KEPT_MS)
    }

    /// Something was allowed.
    pub fn learn(&self, key: String, now_ms: i64) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= MOST {
            counted.clear();
        }
        let (times, last) = counted.entry(key).or_default();
        *times = if now_ms - *last < KEPT_MS { *times + 1 } else { 1 };
        *last = now_ms;
    }
}
