//! A second signal: of the same moment it is the same one, later it leaves at once.

use std::time::Duration;

use tokio::process::Command;

use super::{in_the_middle_of_a_change, interrupted, restored, said, signal};

/// `timeout` sends its signal to its command, and then to the group that both are in.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_comes_twice_at_once_is_one() {
    let (system, _bench, child, _) = in_the_middle_of_a_change(false).await;
    let id = child.id().unwrap().to_string();
    let twice = format!("kill -TERM {id}; kill -INT {id}");
    assert!(Command::new("sh").args(["-c", &twice]).status().await.unwrap().success());
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", said(&output));
    assert!(restored(&system), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_interrupt_leaves_at_once_and_says_what_is_changed() {
    let (system, bench, mut child, _) = in_the_middle_of_a_change(false).await;
    interrupted(&mut child).await;
    // Of the same moment it would be the same one.
    tokio::time::sleep(Duration::from_millis(400)).await;
    signal(&child, "-INT").await;
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(7), "{}", said(&output));
    assert!(!restored(&system));
    assert_ne!(bench.ask(&["verdict", "out"]).await.0, Some(0));
    assert_eq!(bench.ask(&["judge", "out"]).await.0, Some(7));
    assert_eq!(bench.ask(&["judge", "--write", "out"]).await.0, Some(7));
    assert_eq!(bench.ask(&["verdict", "out"]).await.0, Some(7));
    assert_eq!(bench.ask(&["restore", "out"]).await.0, Some(0));
    assert!(restored(&system), "{:?}", system.world().requests);
    assert_eq!(bench.ask(&["verdict", "out"]).await.0, Some(6));
}
