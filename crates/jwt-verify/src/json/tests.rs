//! The reader against its own promises and against JSONTestSuite.

use super::*;

fn refused(text: &str) -> String {
    object(text.as_bytes(), &mut |_, _| {}).unwrap_err()
}

#[test]
fn jv_03_what_could_be_read_in_two_ways_is_refused() {
    assert!(refused(r#"{"a":1,"a":2}"#).contains("\"a\" stands twice"));
    assert!(refused(r#"{"a":1,"\u0061":2}"#).contains("\"a\" stands twice"));
    assert!(refused(r#"{"o":{"x":[{"b":1,"b":1}]}}"#).contains("\"b\" stands twice"));
    assert!(refused(r#"{"a":"\ud800"}"#).contains("surrogate"));
    assert!(refused(r#"{"a":"\udc00\ud800"}"#).contains("surrogate"));
    assert!(refused("{}{}").contains("the end"));
    assert!(refused("\u{feff}{}").contains("a JSON object"));
    for bad in [
        "",
        "[1]",
        "1",
        "{",
        "{\"a\"}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":NaN}",
        "{\"a\":\"\u{1}\"}",
        "{\"a\":1,}",
    ] {
        assert!(!refused(bad).is_empty(), "{bad}");
    }
    assert!(object(b"{\"a\":\"\xff\"}", &mut |_, _| {}).is_err());
}

#[test]
fn jv_03_nesting_is_bounded() {
    let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(object(nested(31).as_bytes(), &mut |_, _| {}).is_ok());
    assert!(refused(&nested(32)).contains("32 levels"));
    assert!(refused(&nested(100_000)).contains("32 levels"));
}

#[test]
fn members_come_decoded_and_in_order() {
    let mut seen = Vec::new();
    let text = br#" {"a":"x\n\ud83d\ude00", "b": [1, {"c":2}], "d":-1.5e+3, "e":null, "f":true,"g":{}} "#;
    object(text, &mut |name, value| seen.push((name.to_owned(), value))).unwrap();
    let values: Vec<_> = seen.iter().map(|(_, value)| value.clone()).collect();
    assert_eq!(seen.iter().map(|(name, _)| name.as_str()).collect::<String>(), "abdefg");
    assert_eq!(values[0], Value::String("x\n\u{1f600}".into()));
    assert_eq!(values[1], Value::Array("[1, {\"c\":2}]"));
    assert_eq!(values[2], Value::Number("-1.5e+3"));
    assert_eq!(&values[3..], [Value::Null, Value::Boolean(true), Value::Object("{}")]);
    assert_eq!(array("[\"a\", 1]").unwrap(), [Value::String("a".into()), Value::Number("1")]);
}

/// JSONTestSuite: `y_` files are JSON, `n_` files are not, `i_` files may be either. Two `y_` files repeat a member.
#[test]
fn json_test_suite() {
    let root = std::env::var_os("TOOLGATE_VECTORS").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
        std::path::PathBuf::from,
    );
    let Ok(files) = std::fs::read_dir(root.join("jsontestsuite/test_parsing")) else {
        println!("jsontestsuite: skipped, {} is not there", root.display());
        return;
    };
    let (mut answered, mut missed) = (0, Vec::new());
    for file in files.map(|file| file.unwrap().path()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let repeats = name.starts_with("y_object_duplicated_key");
        let document = std::fs::read(&file).unwrap();
        let accepted =
            Reader::new(&document).and_then(|mut reader| reader.value(0).and_then(|_| reader.end())).is_ok();
        match name.as_bytes().first() {
            Some(b'y') if accepted == repeats => missed.push(name),
            Some(b'n') if accepted => missed.push(name),
            _ => answered += 1,
        }
    }
    println!("jsontestsuite: {answered} of {} as the verdict says", answered + missed.len());
    assert!(missed.is_empty(), "{missed:?}");
    assert!(answered > 0);
}
