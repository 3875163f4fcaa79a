//! A stream that goes on as it is told to.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};

use super::toy::Shared;

/// How an open stream goes on.
#[derive(Clone, Copy, Default)]
pub enum Stream {
    /// An event every 20 ms.
    #[default]
    Ticks,
    /// Comments only.
    Silent,
    /// An event is under way, and then it ends.
    Last,
    /// It ends.
    Ended,
}

pub fn follow(world: Shared) -> Response {
    let events = futures::stream::unfold(world, |world| async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let how = world.lock().unwrap().stream;
        let event = match how {
            Stream::Ticks => "data: on\n\n",
            Stream::Silent => ": on\n\n",
            Stream::Last => "data: last\n\n",
            Stream::Ended => return None,
        };
        if matches!(how, Stream::Last) {
            world.lock().unwrap().stream = Stream::Ended;
        }
        Some((Ok::<_, Infallible>(event), world))
    });
    Body::from_stream(events).into_response()
}
