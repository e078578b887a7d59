use std::fmt;

/// Shows what calls itself what, of something unknown: nothing of what it holds.
pub(crate) fn unknown(f: &mut fmt::Formatter<'_>, value: &serde_json::Value) -> fmt::Result {
    let name = value.get("type").and_then(serde_json::Value::as_str);
    f.debug_tuple("Unknown")
        .field(&name.unwrap_or_default())
        .finish()
}
