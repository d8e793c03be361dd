use super::*;
use proptest::prelude::*;

#[derive(Debug, Default, PartialEq, FromJson)]
struct Inner {
    name: String,
    #[serde(rename = "type")]
    kind: u8,
}

#[derive(Debug, PartialEq, FromJson)]
struct Outer {
    id: u64,
    note: Option<String>,
    #[serde(default)]
    times: Vec<i64>,
    #[serde(flatten)]
    inner: Inner,
    #[serde(skip)]
    seen: bool,
}

#[derive(Debug, PartialEq, FromJson)]
#[serde(rename_all = "snake_case")]
enum Plain {
    NotYet,
    #[serde(rename = "ELSEWHERE")]
    There,
    Of(u8),
    Both {
        name: String,
        kind: Option<u8>,
    },
}

#[derive(Debug, PartialEq, FromJson)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Tagged {
    Done,
    Later { delay_ms: u64 },
    Known(Inner),
}

fn read_value<T: FromJson>(json: Value) -> Result<T, String> {
    T::from_json(&json).map_err(|unfit| unfit.to_string())
}

#[test]
fn fields_are_read_by_name_and_unknown_ones_are_ignored() {
    let inner = || Inner { name: "a".to_owned(), kind: 3 };
    let read = read_value(json!({"id": 1, "note": "n", "times": [-1], "name": "a", "type": 3, "new": {}}));
    assert_eq!(read, Ok(Outer { id: 1, note: Some("n".to_owned()), times: vec![-1], inner: inner(), seen: false }));
    let read = read_value(json!({"id": 1, "name": "a", "type": 3}));
    assert_eq!(read, Ok(Outer { id: 1, note: None, times: vec![], inner: inner(), seen: false }));
}

#[test]
fn an_error_names_the_innermost_field_and_never_what_it_held() {
    let wrong = |json| read_value::<Outer>(json).unwrap_err();
    assert_eq!(wrong(json!({"id": 1, "name": "secret", "type": 300})), "type is not a number that fits");
    assert_eq!(wrong(json!({"id": "secret", "name": "a", "type": 3})), "id is not a number that fits");
    assert_eq!(wrong(json!({"name": "a", "type": 3})), "id is not there");
    assert_eq!(wrong(json!({"id": 1, "times": null, "name": "a", "type": 3})), "times is not a list");
    assert_eq!(wrong(json!(["secret"])), "the value is not an object");
}

#[test]
fn variants_are_named_by_a_string_a_key_or_a_tag() {
    assert_eq!(read_value(json!("not_yet")), Ok(Plain::NotYet));
    assert_eq!(read_value(json!("ELSEWHERE")), Ok(Plain::There));
    assert_eq!(read_value(json!({"of": 3})), Ok(Plain::Of(3)));
    assert_eq!(read_value(json!({"both": {"name": "a"}})), Ok(Plain::Both { name: "a".to_owned(), kind: None }));
    for wrong in [json!("there"), json!("of"), json!("both"), json!({"of": 1, "both": 2}), json!({}), json!(1)] {
        assert!(read_value::<Plain>(wrong).is_err());
    }
    assert_eq!(read_value(json!({"outcome": "done"})), Ok(Tagged::Done));
    assert_eq!(read_value(json!({"outcome": "later", "delay_ms": 5})), Ok(Tagged::Later { delay_ms: 5 }));
    let known = Tagged::Known(Inner { name: "a".to_owned(), kind: 1 });
    assert_eq!(read_value(json!({"outcome": "known", "name": "a", "type": 1})), Ok(known));
    for wrong in [json!({"outcome": "never"}), json!({"outcome": 1}), json!({}), json!("done")] {
        assert!(read_value::<Tagged>(wrong).is_err());
    }
}

#[test]
fn numbers_must_fit() {
    assert_eq!(read_value::<u8>(json!(255)), Ok(255));
    assert_eq!(read_value::<i64>(json!(-5)), Ok(-5));
    assert_eq!(read_value::<f64>(json!(2)), Ok(2.0));
    for wrong in [json!(256), json!(-1), json!(1.0), json!("1"), json!(null)] {
        assert!(read_value::<u8>(wrong).is_err());
    }
    assert!(read_value::<i64>(json!(u64::MAX)).is_err());
}

#[test]
fn times_are_read_as_postgres_writes_them() {
    let time = read_value::<DateTime<Utc>>(json!("2026-01-01T02:00:00.25+02:00")).unwrap();
    assert_eq!(time.timestamp_millis(), 1_767_225_600_250);
    assert!(read_value::<DateTime<Utc>>(json!("yesterday")).is_err());
    assert!(read_value::<NaiveDate>(json!("2026-01-05")).is_ok());
}

#[test]
fn json_is_written_as_serde_json_writes_it() {
    let (name, list, none) = ("n", vec![1, 2], None::<u8>);
    let both = "a".to_owned() + "b";
    let ours = json!({
        "null": null, "yes": true, name: name, (both.as_str()): 1.5, "list": list, "none": none,
        "nested": {"empty": {}, "items": [null, {"a": [1, "x", []]}, list.len(), -3]},
    });
    let theirs = serde_json::json!({
        "null": null, "yes": true, name: name, (both): 1.5, "list": list, "none": none,
        "nested": {"empty": {}, "items": [null, {"a": [1, "x", []]}, list.len(), -3]},
    });
    assert_eq!(ours, theirs);
    assert_eq!(json!(["x", null]), serde_json::json!(["x", null]));
    assert_eq!(json!([null, null, {}]), serde_json::json!([null, null, {}]));
}

proptest! {
    #[test]
    fn half_pairs_become_replacement_characters(units: Vec<u16>, before in "[a-z\\\\\"é]*") {
        let text = serde_json::to_string(&before).unwrap();
        let escapes: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
        let json = format!("[{text}, \"{escapes}\"]");
        let read: Vec<String> = read(json.as_bytes()).unwrap();
        prop_assert_eq!(read, [before, String::from_utf16_lossy(&units)]);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, text in "[\\\\u0-9a-f\"\\[\\]{}:,]*") {
        let _ = parse(&bytes);
        let _ = parse(text.as_bytes());
        let _ = text::without_half_pairs(&bytes);
        let _ = text::without_half_pairs(text.as_bytes());
    }
}

#[test]
fn a_date_is_a_day_of_the_calendar() {
    let day = |text| crate::date(text).map(|day| day.to_string());
    assert_eq!(day("2026-12-01").as_deref(), Some("2026-12-01"));
    for wrong in ["", "2026", "2026-12", "2026-13-01", "2026-02-29", "2026-12-01T00:00", "01.12.2026", "a-b-c"] {
        assert_eq!(day(wrong), None, "{wrong}");
    }
}

#[test]
fn a_number_may_stand_alone() {
    assert_eq!(crate::number("0.25"), Some(0.25));
    assert_eq!(crate::number("1790000000123"), Some(1_790_000_000_123.0));
    assert_eq!(crate::number("1.790000000123e+12"), Some(1_790_000_000_123.0));
    for wrong in ["", "NaN", "inf", "[1]", "1 2", "\"1\""] {
        assert_eq!(crate::number(wrong), None, "{wrong}");
    }
}
