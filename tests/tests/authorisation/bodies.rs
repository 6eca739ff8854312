//! The least that an endpoint's description asks to be sent.

use serde_json::{Map, Value, json};

/// What is sent: its media type and its bytes.
pub type Body = (String, Vec<u8>);

/// A body that an operation's description takes; none where it takes none.
pub fn of(document: &Value, path: &str, method: &str) -> Option<Body> {
    let operation = &document["paths"][path][method.to_lowercase()];
    let content = operation["requestBody"]["content"].as_object()?;
    let (kind, described) = content.iter().next()?;
    Some(match kind.as_str() {
        "application/json" => json_of(&least(document, &described["schema"])),
        "application/x-www-form-urlencoded" => form_of(&least(document, &described["schema"])),
        "multipart/form-data" => file(b"no paper"),
        other => (other.to_owned(), b"x".to_vec()),
    })
}

/// A JSON body.
pub fn json_of(value: &Value) -> Body {
    (
        "application/json".to_owned(),
        value.to_string().into_bytes(),
    )
}

/// A posted form.
pub fn form_of(value: &Value) -> Body {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in value.as_object().into_iter().flatten() {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        form.append_pair(name, &text);
    }
    let kind = "application/x-www-form-urlencoded".to_owned();
    (kind, form.finish().into_bytes())
}

/// A file in the field `file` of a form.
pub fn file(bytes: &[u8]) -> Body {
    let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\
                Content-Type: application/octet-stream\r\n\r\n";
    let body = [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat();
    ("multipart/form-data; boundary=b".to_owned(), body)
}

/// A value with all that a schema requires.
fn least(document: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap_or_default();
        return least(document, &document["components"]["schemas"][name]);
    }
    for choice in ["oneOf", "anyOf", "enum"] {
        if let Some(first) = schema[choice].as_array().and_then(|all| all.first()) {
            return match choice {
                "enum" => first.clone(),
                _ => least(document, first),
            };
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().map(|part| least(document, part));
        let fields = parts.filter_map(|part| part.as_object().cloned()).flatten();
        return Value::Object(fields.collect());
    }
    let kind = schema["type"]
        .as_str()
        .or_else(|| schema["type"][0].as_str());
    match kind.unwrap_or("object") {
        "string" => json!(text(schema)),
        "integer" | "number" => json!(1),
        "boolean" => json!(false),
        "array" => json!([]),
        _ => {
            let required = schema["required"].as_array().into_iter().flatten();
            let fields = required.filter_map(|name| {
                let name = name.as_str()?;
                let value = match name {
                    // The key of a form is letters without accents.
                    "key" => json!("a-key"),
                    _ => least(document, &schema["properties"][name]),
                };
                Some((name.to_owned(), value))
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}

fn text(schema: &Value) -> &'static str {
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    match schema["format"].as_str().unwrap_or_default() {
        "uuid" => "0199e3a0-0000-7000-8000-00000000ffff",
        "date" => "2026-10-08",
        "date-time" => "2026-10-08T02:15:00Z",
        _ if pattern.starts_with("^\\+84") => "+84912345678",
        _ if pattern.contains("{12}") => "066090001234",
        _ if pattern.contains("[0-9]{6}$") => "2.000635",
        _ if pattern.starts_with("^[A-Z0-9]+(") => "H15.50.05.13",
        _ if pattern.starts_with("^[a-z]") => "a.login",
        _ => "Lê Văn Thử",
    }
}
