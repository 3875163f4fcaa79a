//! Each fault makes one thing go wrong that goes right without it.

use recant::reference::{Fault, faults};

use super::lab::Lab;
use super::table::{self, Probe};

async fn seen(faults: &[Fault], probe: Probe) -> bool {
    let lab = Lab::with(faults).await;
    lab.subject("ada", &["reader", "writer"]).await;
    let seen = probe(&lab).await;
    lab.reference.stop().await;
    seen
}

#[tokio::test]
async fn every_fault_is_seen_and_only_where_it_is_switched_on() {
    for (fault, probe) in table::all() {
        assert!(!seen(&[], *probe).await, "{fault:?} is seen in a healthy system");
        assert!(seen(&[*fault], *probe).await, "{fault:?} is not seen where it is switched on");
    }
}

#[test]
fn every_fault_has_a_probe_and_an_entry() {
    for fault in Fault::all() {
        assert!(table::all().any(|(probed, _)| *probed == fault), "{fault:?}: no probe");
        let entry = fault.entry().expect("an entry");
        assert_eq!(Fault::named(&entry.id), Some(fault));
        assert_eq!(Fault::named(&entry.name), Some(fault));
        assert!(!entry.must.is_empty() && !entry.what.is_empty(), "{}", entry.id);
        let kebab = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(entry.name.chars().all(kebab), "{}", entry.name);
        let twice = entry.may.iter().filter(|m| entry.must.contains(&m.id)).count();
        assert_eq!(twice, 0, "{}: both must and may", entry.id);
    }
    assert_eq!(faults().len(), Fault::all().count());
    for (fault, _) in table::all() {
        assert!(fault.entry().is_some(), "{fault:?}: no entry");
    }
}
