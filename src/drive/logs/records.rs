//! The records in an answer of a log endpoint, one by one: an answer of some megabytes must not become a tree of a
//! hundred times that.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::Value;

use crate::drive::pointer;

/// Gives each record to `take`: the members of an array, those of the array at `items`, or lines; `None` for a line
/// that is no JSON.
///
/// # Errors
/// What is wrong with it, as the end of a sentence about the answer: there is something, and nothing of it is a record.
pub(super) fn each(
    body: &[u8],
    items: Option<&str>,
    take: &mut dyn FnMut(Option<Value>),
) -> Result<(), String> {
    let (mut all, mut objects) = (0_u64, 0_u64);
    let mut counted = |record: Option<Value>| {
        all += 1;
        objects += u64::from(record.as_ref().is_some_and(Value::is_object));
        take(record);
    };
    match items {
        Some(items) => {
            let whole: Value = serde_json::from_slice(body).map_err(|_| "is no JSON".to_owned())?;
            for found in pointer::find(&whole, items) {
                match found {
                    Value::Array(a) => a.iter().for_each(|v| counted(Some(v.clone()))),
                    one => counted(Some(one.clone())),
                }
            }
        }
        None if body.trim_ascii_start().starts_with(b"[") => {
            let mut json = serde_json::Deserializer::from_slice(body);
            Members(&mut counted)
                .deserialize(&mut json)
                .and_then(|()| json.end())
                .map_err(|_| "is no JSON".to_owned())?;
        }
        // One object over several lines is one record; everything else is lines.
        None => match serde_json::from_slice(body) {
            Ok(one @ Value::Object(_)) => counted(Some(one)),
            _ => {
                let lines = body.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty());
                lines.for_each(|line| counted(serde_json::from_slice(line).ok()));
            }
        },
    }
    if all > 0 && objects == 0 {
        return Err("holds nothing that is a record".to_owned());
    }
    Ok(())
}

/// Takes the members of an array as they are read.
struct Members<'a>(&'a mut dyn FnMut(Option<Value>));

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(member) = seq.next_element()? {
            (self.0)(Some(member));
        }
        Ok(())
    }
}
