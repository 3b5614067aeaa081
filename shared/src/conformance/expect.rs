//! Whether what came back is what was expected.

use serde_json::Value;

/// Whether a reply is what a step's `expect` says: the same, or in the relation that it names.
pub(super) fn holds(expected: &Value, got: &Value) -> bool {
    let Value::Object(fields) = expected else { return expected == got };
    if let Some(Value::Array(choices)) = fields.get("one_of") {
        return choices.iter().any(|choice| holds(choice, got));
    }
    let (above, below) = (fields.get("ret_gt"), fields.get("ret_lt"));
    if above.is_none() && below.is_none() {
        return expected == got;
    }
    let Some(ret) = got.get("ret").and_then(Value::as_i64) else { return false };
    above.is_none_or(|bound| bound.as_i64().is_some_and(|bound| ret > bound))
        && below.is_none_or(|bound| bound.as_i64().is_some_and(|bound| ret < bound))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_relation_is_looked_at_and_everything_else_must_be_the_same() {
        assert!(holds(&json!({"ok": true}), &json!({"ok": true})));
        assert!(!holds(&json!({"ok": true}), &json!({"errno": "EAGAIN"})));
        assert!(!holds(&json!({"ret": 3}), &json!({"ret": 4})));
        assert!(holds(&json!({"ret_gt": 0, "ret_lt": 10}), &json!({"ret": 9})));
        assert!(!holds(&json!({"ret_gt": 0, "ret_lt": 10}), &json!({"ret": 10})));
        assert!(!holds(&json!({"ret_gt": 0}), &json!({"ret": 0})));
        assert!(!holds(&json!({"ret_gt": 0}), &json!({"errno": "EAGAIN"})));
        let either = json!({"one_of": [{"errno": "EPIPE"}, {"ret_gt": 5}]});
        assert!(holds(&either, &json!({"ret": 6})) && holds(&either, &json!({"errno": "EPIPE"})));
        assert!(!holds(&either, &json!({"ret": 5})));
        assert!(!holds(&json!([]), &json!([{"on": "a", "revents": ["IN"]}])));
    }
}
