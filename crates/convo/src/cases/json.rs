//! JSON messages with something changed: types, keys, nesting.

use serde_json::{Map, Value};

/// A changed message, and what was changed.
pub(super) struct Changed {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) text: Vec<u8>,
}

/// Changes a JSON message in each way; nothing where it is no object.
pub(super) fn changes(text: &[u8]) -> Vec<Changed> {
    let Ok(Value::Object(members)) = serde_json::from_slice(text) else { return Vec::new() };
    let mut all = Vec::new();
    for (key, value) in &members {
        let other = match value {
            Value::String(_) => Value::from(7),
            Value::Number(number) => Value::from(format!("{number}")),
            _ => Value::Null,
        };
        let named = |what: &str, about: String, text: String| Changed {
            name: format!("{key}-{what}"),
            about,
            text: text.into_bytes(),
        };
        let with = |value: Value| {
            let mut members = members.clone();
            members.insert(key.clone(), value);
            Value::Object(members).to_string()
        };
        all.push(named("other-type", format!("{key} has another type"), with(other)));
        all.push(named("null", format!("{key} is null"), with(Value::Null)));
        let mut without = members.clone();
        without.remove(key);
        all.push(named("missing", format!("{key} is missing"), Value::Object(without).to_string()));
        if value.is_string() {
            let odd = Value::from("a}b{c\"d]e");
            all.push(named("braces", format!("{key} holds braces and a quotation mark"), with(odd)));
        }
        if value.is_number() {
            all.push(named("fraction", format!("{key} has a fraction"), with(Value::from(1.5))));
        }
        let whole = Value::Object(members.clone()).to_string();
        let doubled = format!("{{{}:{},{}", Value::from(key.as_str()), value, &whole[1..]);
        all.push(named("doubled", format!("{key} stands there twice"), doubled));
    }
    all.extend(shapes(&members));
    all
}

fn shapes(members: &Map<String, Value>) -> Vec<Changed> {
    let mut further = members.clone();
    further.insert("sockeye_further".to_owned(), Value::from("a key more"));
    let further = Value::Object(further).to_string();
    let whole = Value::Object(members.clone()).to_string();
    let nested = format!("{{\"sockeye_further\": {{\"a\": {{}}}}, {}", &whole[1..]);
    let spaced = whole.replace(':', " :  ").replace(",\"", " ,\n \"");
    let deep = format!("{{\"deep\":{}1{}}}", "[".repeat(60), "]".repeat(60));
    let deeper = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let change = |name: &str, about: &str, text: String| Changed {
        name: name.to_owned(),
        about: about.to_owned(),
        text: text.into_bytes(),
    };
    vec![
        change("further-key", "a key that the convo does not know comes along", further),
        change("further-object", "an object that the convo does not know comes along", nested),
        change("spaces", "white space stands between the parts", spaced),
        change("array", "an array comes where an object is expected", "[1, 2]".to_owned()),
        change("deep", "the object is nested 60 deep", deep),
        change("deeper", "arrays are nested 5,000 deep", deeper),
        change("cut", "braces that hold no JSON", "{\"a\": }".to_owned()),
    ]
}
