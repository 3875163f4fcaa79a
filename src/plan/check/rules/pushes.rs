//! Where recant is pushed to: an address that can be listened on, and a way there for the transmitter, or for the issuer that tells of logouts.

use std::net::SocketAddr;

use url::{Host, Url};

use super::Rules;
use super::urls::{values, wrong_url};
use crate::plan::check::document::Node;
use crate::plan::fill;

pub(super) fn check(rules: &mut Rules<'_>) {
    let target = rules.target;
    if let Some(logout) = target.at(&["signals", "logout"]) {
        listens(rules, logout, "the issuer");
    }
    let Some(transmitter) = target.at(&["signals", "transmitter"]) else { return };
    let push = transmitter.entry("push");
    match transmitter.get("delivery").map(|node| (node, node.text())) {
        Some((node, Some("push"))) if push.is_none() => {
            let help = "such as `push = { listen = \"127.0.0.1:7900\" }`";
            rules.wrong(&node.span, "nothing says where events are pushed to", help);
        }
        Some((node, Some("back-channel-logout"))) => {
            let help = "`poll` or `push`; logout tokens come to `[signals.logout]`";
            rules.wrong(&node.span, "no stream delivers in this way", help);
        }
        _ => {}
    }
    if let Some(push) = push {
        listens(rules, &push.node, "the transmitter");
    }
}

/// What is wrong with an address that recant listens on, and what leads to it.
fn listens(rules: &mut Rules<'_>, at: &Node, who: &str) {
    let listen = at.get("listen").and_then(|node| Some((node, node.text()?)));
    let address = listen.and_then(|(node, text)| {
        let address = text.parse::<SocketAddr>();
        if address.is_err() {
            let help = "such as `127.0.0.1:7900`; port 0 takes a free one";
            rules.wrong(&node.span, "this is no address with a port", help);
        }
        Some((node, address.ok()?))
    });
    match (at.get("url"), address) {
        (Some(url), address) => reached_at(rules, url, address),
        (None, Some((node, address))) if !address.ip().is_loopback() => {
            let what = format!("{who} is not told how to reach this address");
            rules.wrong(&node.span, what, "say `url = \"https://...\"`, what leads to it");
        }
        _ => {}
    }
}

/// What is wrong with the URL that the transmitter is given.
fn reached_at(rules: &mut Rules<'_>, node: &Node, address: Option<(&Node, SocketAddr)>) {
    let Some(text) = node.text() else { return };
    let filled = fill(text, &values(rules));
    // What nothing defines, and what is no URL at all, others say.
    let Some(url) = Url::parse(&filled).ok().filter(|_| wrong_url(&filled).is_none()) else {
        return;
    };
    if url.scheme() == "http" && !is_loopback(&url) {
        let help = "`https://...`, and a proxy in front of `listen`";
        rules.wrong(&node.span, "events come in the clear from another machine", help);
    }
    if url.query().is_some() {
        let help = "recant puts a name behind it";
        rules.wrong(&node.span, "a URL has no query (`?`) here", help);
    }
    if let Some((node, _)) = address.filter(|(_, address)| address.port() == 0) {
        let what = "port 0 is another one in every run, and `url` leads to one of them";
        rules.wrong(&node.span, what, "name the port");
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
