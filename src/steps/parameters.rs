//! Parameter types of the vocabulary, besides cucumber's own `{string}` and `{int}`.

use std::collections::HashMap;

use crate::plan::feature::ParameterKind;

/// One quoted name.
const NAME: &str = r#""[^"]*""#;

/// One or more of them.
const NAMES: &str = r#""[^"]*"(?:, "[^"]*")*(?: and "[^"]*")?"#;

/// One parameter type.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Parameter {
    /// Its name between braces.
    pub name: &'static str,
    /// What it matches: a regular expression without capture groups.
    pub regexp: &'static str,
    /// What it stands for.
    pub doc: &'static str,
    /// What a person writes there.
    pub example: &'static str,
}

/// All of them.
pub const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "who",
        regexp: "the subject|the bystander|both",
        doc: "The subject that a change is about, the bystander that it must not touch, or both.",
        example: "both",
    },
    Parameter {
        name: "one",
        regexp: "the subject|the bystander",
        doc: "The subject or the bystander.",
        example: "the subject",
    },
    Parameter {
        name: "role",
        regexp: NAME,
        doc: "A role of the target file.",
        example: r#""writer""#,
    },
    Parameter {
        name: "roles",
        regexp: NAMES,
        doc: "One or more roles of the target file.",
        example: r#""reader", "writer" and "auditor""#,
    },
    Parameter {
        name: "service",
        regexp: NAME,
        doc: "A service of the target file.",
        example: r#""orders""#,
    },
    Parameter {
        name: "services",
        regexp: NAMES,
        doc: "One or more services of the target file.",
        example: r#""orders" and "reports""#,
    },
    Parameter {
        name: "where",
        regexp: r#"every service|"[^"]*""#,
        doc: "One service of the target file, or all of them.",
        example: r#""orders""#,
    },
    Parameter {
        name: "operation",
        regexp: NAME,
        doc: "An operation of a service.",
        example: r#""create order""#,
    },
    Parameter {
        name: "change",
        regexp: NAME,
        doc: "A change of the target's recipe.",
        example: r#""remove role""#,
    },
    Parameter {
        name: "script",
        regexp: NAME,
        doc: "A scenario script (`scenarios/*.toml`).",
        example: r#""role-removal""#,
    },
    Parameter {
        name: "requirement",
        regexp: NAME,
        doc: "A requirement's id or short id.",
        example: r#""E-05""#,
    },
    Parameter {
        name: "token",
        regexp: r#"(?:the subject's|the bystander's|the earlier) tokens?|the tokens? "[^"]*""#,
        doc: "The latest tokens of somebody, the subject's latest ones of before the change, or tokens by the name that a step gave them with `as`. A set: one token for each service.",
        example: "the subject's token",
    },
    Parameter {
        name: "as",
        regexp: r#"(?: as "[^"]*")?"#,
        doc: "May be left out: a name for the new tokens.",
        example: r#" as "morning""#,
    },
    Parameter {
        name: "operations",
        regexp: "everything|what is allowed|what was lost|what was kept|what nobody may do",
        doc: "Operations of the services: all that are declared, those that the holder is entitled to, those that the latest change takes away, those that it leaves alone, those that no role gives.",
        example: "what is allowed",
    },
    Parameter {
        name: "duration",
        regexp: "[0-9]+(?:ms|s|m|h)",
        doc: "A number and a unit: milliseconds, seconds, minutes, hours.",
        example: "5s",
    },
    Parameter {
        name: "bound",
        regexp: "its bound|[0-9]+(?:ms|s|m|h)",
        doc: "The bound of the service's class in the target's profile, or a duration.",
        example: "its bound",
    },
];

/// What must exist where a parameter type is named.
pub fn kind(parameter: &str) -> Option<ParameterKind> {
    Some(match parameter {
        "role" | "roles" => ParameterKind::Role,
        "service" | "services" | "where" => ParameterKind::Service,
        "operation" => ParameterKind::Operation,
        "change" => ParameterKind::Change,
        "script" => ParameterKind::Script,
        "requirement" => ParameterKind::Requirement,
        _ => return None,
    })
}

/// Names of the parameters in an expression, in order: `role`, `string`, `who`, ...
pub fn in_expression(expression: &str) -> impl Iterator<Item = &str> {
    expression.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// Regular expressions by name, as the expression compiler wants them.
pub fn provider() -> HashMap<&'static str, &'static str> {
    PARAMETERS.iter().map(|p| (p.name, p.regexp)).collect()
}

/// A word without the quotes around it.
pub fn unquoted(word: &str) -> &str {
    word.strip_prefix('"').and_then(|w| w.strip_suffix('"')).unwrap_or(word)
}

/// The names in `"a", "b" and "c"`.
pub fn names(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Milliseconds of `250ms`, `5s`, `2m`, `1h`.
pub fn milliseconds(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => Some(1),
        "s" => Some(1000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let most: u64 = 366 * 24 * 3_600_000;
    factor
        .and_then(|f| number.parse::<u64>().ok()?.checked_mul(f))
        .filter(|&ms| ms <= most)
        .ok_or_else(|| format!("`{text}` is no duration up to a year, such as `5s` or `250ms`"))
}
