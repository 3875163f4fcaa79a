//! How a selection is cut.

use std::collections::BTreeSet;

use proptest::prelude::*;
use recant::model::{Cut, Place, Shard};
use recant::plan::{Planned, cut};

fn planned(n: usize, selected: bool) -> Planned {
    Planned {
        scenario: format!("Feature / scenario {n}"),
        place: Place { file: format!("{}.feature", n / 7), line: n % 7 + 1, column: 3 },
        tags: Vec::new(),
        selected,
        obligations: n as u64 % 3,
        shard: None,
    }
}

fn all(selected: &[bool]) -> Vec<Planned> {
    selected.iter().enumerate().map(|(n, selected)| planned(n, *selected)).collect()
}

#[test]
fn a_shard_is_told_as_one_of_so_many() {
    for (text, number, of) in
        [("1/1", 1, 1), ("2/4", 2, 4), ("4/4", 4, 4), ("1000/1000", 1000, 1000)]
    {
        assert_eq!(text.parse(), Ok(Cut { number, of }), "{text}");
    }
    for text in [
        "0/2",
        "3/2",
        "1/0",
        "0/0",
        "x",
        "",
        "/",
        "1/",
        "/2",
        "1/2/3",
        "+1/2",
        "-1/2",
        "1/1001",
        "1.5/2",
        " 1/2",
        "1/2 ",
        "99999999999/2",
    ] {
        assert!(text.parse::<Cut>().is_err(), "{text:?}");
    }
}

proptest! {
    /// Every selected scenario is in one shard and no other, the shards are alike in size, and neither order nor what else a
    /// shard is makes another cut.
    #[test]
    fn every_selected_scenario_falls_to_one_shard(
        selected in prop::collection::vec(any::<bool>(), 0..60),
        of in 1_u32..9,
        turn in 0_usize..60,
    ) {
        let whole = all(&selected);
        let mut seen = BTreeSet::new();
        let mut sizes = Vec::new();
        let mut digests = BTreeSet::new();
        for number in 1..=of {
            let mut planned = whole.clone();
            planned.rotate_left(turn.checked_rem(whole.len()).unwrap_or_default());
            let shard = cut::cut(&mut planned, Cut { number, of });
            let mine = cut::places(&planned, &shard);
            prop_assert_eq!(mine.len(), planned.iter().filter(|p| p.is_of(Some(&shard))).count());
            sizes.push(mine.len());
            digests.insert(shard.selection.clone());
            for place in mine {
                prop_assert!(seen.insert(place), "in two shards");
            }
            let mut by_number: Vec<_> = planned.iter().map(|p| (&p.place, p.shard)).collect();
            by_number.sort();
            let mut straight = whole.clone();
            cut::cut(&mut straight, Cut { number: of, of });
            let mut other: Vec<_> = straight.iter().map(|p| (&p.place, p.shard)).collect();
            other.sort();
            prop_assert_eq!(by_number, other, "the order counts");
        }
        prop_assert_eq!(digests.len(), 1);
        let wanted: BTreeSet<_> =
            whole.iter().filter(|p| p.selected).map(|p| p.place.clone()).collect();
        prop_assert_eq!(seen, wanted);
        let (least, most) = (sizes.iter().min(), sizes.iter().max());
        prop_assert!(most.unwrap_or(&0) - least.unwrap_or(&0) <= 1);
    }
}

#[test]
fn the_digest_tells_other_selections_apart() {
    let digest = |planned: &[Planned], of: u32| {
        cut::cut(&mut planned.to_vec(), Cut { number: 1, of }).selection
    };
    let whole = all(&[true, true, false, true]);
    let was = digest(&whole, 2);
    assert_eq!(digest(&whole, 2), was);
    let changed = |edit: fn(&mut Vec<Planned>)| {
        let mut planned = whole.clone();
        edit(&mut planned);
        digest(&planned, 2)
    };
    for (what, edit) in [
        ("a scenario less", (|p| drop(p.pop())) as fn(&mut Vec<Planned>)),
        ("another name", |p| p[0].scenario += "!"),
        ("another place", |p| p[0].place.line += 100),
        ("not selected", |p| p[0].selected = false),
        ("selected", |p| p[2].selected = true),
        ("an obligation more", |p| p[0].obligations += 1),
    ] {
        assert_ne!(changed(edit), was, "{what}");
    }
    assert_ne!(digest(&whole, 3), was, "another number of shards");
}

#[test]
fn a_shard_that_there_cannot_be_is_none() {
    let shard = |number, of, selection: &str| Shard { number, of, selection: selection.into() };
    let digest = "ab".repeat(32);
    assert!(shard(1, 2, &digest).holds());
    for wrong in
        [shard(0, 2, &digest), shard(3, 2, &digest), shard(1, 0, &digest), shard(1, 2, "ab")]
    {
        assert!(!wrong.holds(), "{wrong:?}");
    }
}
