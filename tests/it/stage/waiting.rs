//! The clock, slots, locks and the probe budget: who waits for what, and what moves meanwhile.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use recant::drive::{Advance, Budget, Cancel, Clock, Halt, Locks, Slots};
use recant::model::Moment;
use recant::plan::Touches;

type Moves = Arc<Mutex<Vec<u64>>>;

fn movable() -> (Arc<Clock>, Moves) {
    let moves = Moves::default();
    let seen = moves.clone();
    let advance: Advance = Box::new(move |ms, _| {
        seen.lock().unwrap().push(ms);
        Box::pin(std::future::ready(Ok(())))
    });
    (Arc::new(Clock::new(Some(advance))), moves)
}

fn seconds(n: u64) -> Moment {
    Moment(0).plus_ms(n * 1_000)
}

#[tokio::test]
async fn the_clock_jumps_to_the_earliest_deadline_when_all_wait() {
    let began = Instant::now();
    let (clock, moves) = movable();
    let actives = (clock.enter().await, clock.enter().await, clock.enter().await);
    let wait = |active, until: u64| {
        let clock = clock.clone();
        async move {
            let active = clock.sleep_until(active, seconds(until)).await.unwrap();
            let woken = clock.now();
            drop(active);
            woken
        }
    };
    let (first, second, third) =
        tokio::join!(wait(actives.0, 30), wait(actives.1, 10), wait(actives.2, 30));
    assert!(second >= seconds(10) && second < seconds(11));
    assert!(first >= seconds(30) && third >= seconds(30));
    // Two jumps: to 10 s, and from there to 30 s for both; shorter by no more than the real time that passed.
    let real = u64::try_from(began.elapsed().as_millis()).unwrap() + 1;
    let moves = moves.lock().unwrap();
    assert_eq!(moves.len(), 2);
    assert!((10_000 - real..10_010).contains(&moves[0]), "{moves:?}");
    assert!((19_990 - real..20_010).contains(&moves[1]), "{moves:?}");
}

#[tokio::test]
async fn the_clock_stands_still_under_somebody_active() {
    let (clock, moves) = movable();
    let busy = clock.enter().await;
    let waiting = {
        let clock = clock.clone();
        tokio::spawn(async move {
            let active = clock.enter().await;
            clock.sleep_until(active, seconds(5)).await.map(drop)
        })
    };
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert!(moves.lock().unwrap().is_empty());
    drop(busy);
    waiting.await.unwrap().unwrap();
    assert_eq!(moves.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn the_clock_stands_still_for_a_moment_after_a_change() {
    let moved = Arc::new(Mutex::new(None));
    let seen = moved.clone();
    let advance: Advance = Box::new(move |_, _| {
        seen.lock().unwrap().get_or_insert_with(std::time::Instant::now);
        Box::pin(std::future::ready(Ok(())))
    });
    let clock = Arc::new(Clock::new(Some(advance)).settling(Duration::from_millis(40)));
    let active = clock.enter().await;
    let before = std::time::Instant::now();
    clock.stirred();
    let active = clock.sleep_until(active, seconds(5)).await.unwrap();
    let first = moved.lock().unwrap().take().unwrap();
    assert!(first - before >= Duration::from_millis(40), "{:?}", first - before);
    // where nothing was changed since, nothing is waited for: this test would take minutes
    let mut active = active;
    for n in 2..2_000 {
        active = clock.sleep_until(active, seconds(5 * n)).await.unwrap();
    }
}

#[tokio::test]
async fn a_waiter_that_goes_away_holds_nobody_up() {
    let (clock, _) = movable();
    let active = clock.enter().await;
    let busy = clock.enter().await;
    let gone = clock.sleep_until(active, seconds(5));
    assert!(tokio::time::timeout(Duration::ZERO, gone).await.is_err());
    drop(busy);
    let active = clock.enter().await;
    let active = clock.sleep_until(active, seconds(60)).await.unwrap();
    drop(active);
    assert!(clock.now() >= seconds(60));
}

#[tokio::test]
async fn a_clock_that_cannot_be_moved_hangs_nobody() {
    let advance: Advance =
        Box::new(|_, _| Box::pin(std::future::ready(Err(Halt::Unmet("no".to_owned())))));
    let clock = Arc::new(Clock::new(Some(advance)));
    for _ in 0..2 {
        let active = clock.enter().await;
        let slept = clock.sleep_until(active, seconds(5)).await;
        assert_eq!(slept.err(), Some(Halt::Unmet("no".to_owned())));
    }
}

#[tokio::test]
async fn a_clock_that_cannot_be_moved_waits_in_real_time() {
    let clock = Arc::new(Clock::new(None));
    let active = clock.enter().await;
    let deadline = clock.now().plus_ms(20);
    let active = clock.sleep_until(active, deadline).await.unwrap();
    assert!(clock.now() >= deadline);
    drop(active);
}

#[tokio::test]
async fn who_waits_holds_no_slot() {
    let (clock, _) = movable();
    let slots = Slots::new(clock.clone(), 2, Cancel::default());
    let (busy, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let scenarios = (0..50).map(|n| {
        let (slots, busy, most) = (slots.clone(), busy.clone(), most.clone());
        tokio::spawn(async move {
            let mut turn = slots.take().await.unwrap();
            for round in 1..4 {
                most.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                busy.fetch_sub(1, Ordering::SeqCst);
                turn = slots.sleep_until(turn, seconds(round * 100 + n % 7)).await.unwrap();
            }
        })
    });
    for scenario in scenarios.collect::<Vec<_>>() {
        scenario.await.unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn who_waits_for_the_issuer_lets_the_clock_move() {
    let (clock, moves) = movable();
    let cancel = Cancel::default();
    let (slots, locks) = (Slots::new(clock, 1, cancel.clone()), Locks::new(&[]));
    let hold = locks.issuer(Touches::Subjects, &cancel).await.unwrap();
    let turn = slots.take().await.unwrap();
    let alone = {
        let (slots, locks, cancel) = (slots.clone(), locks.clone(), cancel.clone());
        tokio::spawn(async move {
            let _hold = locks.issuer(Touches::Issuer, &cancel).await.unwrap();
            drop(slots.take().await.unwrap());
        })
    };
    let turn = slots.sleep_until(turn, seconds(100)).await.unwrap();
    assert_eq!(moves.lock().unwrap().len(), 1);
    assert!(!alone.is_finished());
    drop((turn, hold));
    alone.await.unwrap();
}

#[tokio::test]
async fn neither_kind_of_scenario_starves() {
    let cancel = Cancel::default();
    let locks = Locks::new(&[]);
    let order = Arc::new(Mutex::new(Vec::new()));
    let first = locks.issuer(Touches::Subjects, &cancel).await.unwrap();
    let mut tasks = Vec::new();
    for (n, touches) in [Touches::Issuer, Touches::Subjects, Touches::Issuer, Touches::Subjects]
        .into_iter()
        .enumerate()
    {
        let (locks, cancel, order) = (locks.clone(), cancel.clone(), order.clone());
        tasks.push(tokio::spawn(async move {
            let _hold = locks.issuer(touches, &cancel).await.unwrap();
            order.lock().unwrap().push(n);
        }));
        tokio::task::yield_now().await;
    }
    drop(first);
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3]);
}

#[tokio::test]
async fn subjects_of_the_pool_have_one_user_at_a_time() {
    let cancel = Cancel::default();
    let locks = Locks::new(&["a".to_owned(), "b".to_owned(), "c".to_owned()]);
    let names = |leases: &[recant::drive::Lease]| {
        leases.iter().map(|l| l.subject.clone()).collect::<Vec<_>>().join(" ")
    };
    let two = locks.lease(2, &cancel).await.unwrap();
    assert_eq!(names(&two), "a b");
    let next = {
        let (locks, cancel) = (locks.clone(), cancel.clone());
        tokio::spawn(async move { locks.lease(2, &cancel).await.map(|l| l.len()) })
    };
    tokio::task::yield_now().await;
    assert!(!next.is_finished());
    drop(two);
    assert_eq!(next.await.unwrap(), Ok(2));
    assert!(matches!(locks.lease(4, &cancel).await, Err(Halt::Unmet(_))));
    let _all = locks.lease(3, &cancel).await.unwrap();
    cancel.interrupt();
    assert_eq!(locks.lease(1, &cancel).await.err(), Some(Halt::Interrupted));
}

#[tokio::test]
async fn the_budget_spaces_probes_over_everybody() {
    let budget = Budget::new(Some(200), 3);
    let began = tokio::time::Instant::now();
    let probers = (0..4).map(|_| {
        let budget = budget.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                drop(budget.turn().await);
            }
        })
    });
    for prober in probers.collect::<Vec<_>>() {
        prober.await.unwrap();
    }
    // Twenty probes have nineteen gaps of 5 ms between them.
    assert!(began.elapsed() >= Duration::from_millis(95));
}

#[tokio::test]
async fn the_budget_limits_what_is_in_flight() {
    let budget = Budget::new(None, 2);
    let (one, _two) = (budget.turn().await, budget.turn().await);
    let wait = Duration::ZERO;
    assert!(tokio::time::timeout(wait, budget.turn()).await.is_err());
    drop(one);
    assert!(tokio::time::timeout(Duration::from_secs(5), budget.turn()).await.is_ok());
}

#[tokio::test]
async fn real_time_wakes_too_while_others_are_busy() {
    let (clock, moves) = movable();
    let _busy = clock.enter().await;
    let active = clock.enter().await;
    let deadline = clock.now().plus_ms(20);
    let active = clock.sleep_until(active, deadline).await.unwrap();
    assert!(clock.now() >= deadline);
    assert!(moves.lock().unwrap().is_empty());
    drop(active);
}
