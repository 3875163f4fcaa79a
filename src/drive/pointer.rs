//! JSON pointers (RFC 6901) in which `*` stands for each element of an array or each member of an object. The
//! first slash may be left out.

use serde_json::Value;

/// No more values are collected than this.
const MOST_VALUES: usize = 10_000;

/// The values that a pointer reaches; none where it reaches nothing.
#[must_use]
pub fn find<'a>(value: &'a Value, pointer: &str) -> Vec<&'a Value> {
    let mut found = vec![value];
    let path = pointer.strip_prefix('/').unwrap_or(pointer);
    for part in path.split('/').filter(|_| !pointer.is_empty()) {
        let name = part.replace("~1", "/").replace("~0", "~");
        found = found.into_iter().flat_map(|v| step(v, &name)).take(MOST_VALUES).collect();
    }
    found
}

/// The texts that a pointer reaches: strings as they are, members of arrays one by one, other values as JSON.
#[must_use]
pub fn texts(value: &Value, pointer: &str) -> Vec<String> {
    find(value, pointer)
        .into_iter()
        .flat_map(|v| match v {
            Value::Null => Vec::new(),
            Value::Array(a) => a.iter().take(MOST_VALUES).map(text).collect(),
            other => vec![text(other)],
        })
        .take(MOST_VALUES)
        .collect()
}

/// A value as text: a string as it is, everything else as JSON.
#[must_use]
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn step<'a>(value: &'a Value, name: &str) -> Vec<&'a Value> {
    match value {
        Value::Array(a) if name == "*" => a.iter().collect(),
        Value::Object(o) if name == "*" => o.values().collect(),
        Value::Array(a) => name.parse().ok().and_then(|i: usize| a.get(i)).into_iter().collect(),
        Value::Object(o) => o.get(name).into_iter().collect(),
        _ => Vec::new(),
    }
}
