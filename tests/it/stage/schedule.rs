//! How often and how long a service is probed.

use std::time::Duration;

use recant::drive::{Schedule, Terms};
use recant::model::Moment;

fn terms() -> Terms {
    Terms {
        bound: Some(10_000),
        acknowledged: Moment(0).plus_ms(1_000),
        now: Moment(0).plus_ms(1_100),
        last: None,
        movable: true,
        longest: Duration::from_secs(1_200),
        operations: 1,
        replicas: 1,
        probes: 5,
        settling: 2_500,
    }
}

/// Moments of probes up to the end, in milliseconds.
fn probes(terms: &Terms, most: usize) -> Vec<u64> {
    let schedule = Schedule::of(terms);
    std::iter::successors(Some(terms.now), |now| Some(schedule.after(*now)))
        .take(most)
        .map(|m| m.0 / 1_000_000)
        .collect()
}

#[test]
fn one_probe_stands_right_after_the_bound() {
    let all = probes(&terms(), 30);
    assert_eq!(&all[..3], [1_100, 1_600, 2_100]);
    assert!(all.contains(&11_100), "{all:?}");
    assert!(all.contains(&11_600), "{all:?}");
    let real = probes(&Terms { movable: false, ..terms() }, 200);
    assert!(real.contains(&11_001), "{real:?}");
}

#[test]
fn a_bound_takes_twenty_to_forty_probes_where_waiting_is_free() {
    for bound in [10_000, 60_000, 120_000, 900_000] {
        let terms = Terms { bound: Some(bound), ..terms() };
        let before = probes(&terms, 100).iter().filter(|m| **m < 1_000 + bound).count();
        assert!((20..=40).contains(&before), "{bound}: {before}");
    }
}

#[test]
fn a_token_is_used_ten_times_a_second_and_less_for_long_bounds() {
    let real = |bound, operations| {
        Schedule::of(&Terms { bound, operations, movable: false, ..terms() }).spacing
    };
    assert_eq!(real(Some(0), 1), 100);
    assert_eq!(real(Some(0), 2), 200);
    assert_eq!(real(Some(120_000), 1), 400);
    assert_eq!(real(Some(3_600_000), 1), 3_000);
    assert_eq!(real(None, 1), 600);
}

#[test]
fn what_cannot_be_waited_for_gets_a_short_look() {
    let real = Terms { movable: false, ..terms() };
    let give_up = |t: Terms| Schedule::of(&t).give_up.ms_since(t.now);
    assert!(give_up(real.clone()) >= 20_000);
    let long = Terms { bound: Some(3_600_000), ..real };
    assert_eq!(give_up(long.clone()), 10_000);
    // A token that expires soon can be watched to its end.
    let soon = Terms { last: Some(Moment(0).plus_ms(61_100)), ..long };
    assert_eq!(give_up(soon), 60_000);
}
