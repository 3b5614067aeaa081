//! The arguments of real lines, and of broken ones.

use super::*;

fn one(text: &str) -> Value<'_> {
    let (mut values, _) = arguments(text.as_bytes());
    assert_eq!(values.len(), 1, "{text}: {values:?}");
    values.remove(0)
}

#[test]
fn numbers_have_what_strace_says_behind_them() {
    assert_eq!(one("5"), Value::Number(5, None));
    assert_eq!(one("-1"), Value::Number(-1, None));
    assert_eq!(one("0x1f"), Value::Number(31, None));
    assert_eq!(one("0644"), Value::Number(0o644, None));
    let label = "TCP:[127.0.0.1:80->127.0.0.1:5000]";
    assert_eq!(one(&format!("5<{label}>")), Value::Number(5, Some(label.as_bytes())));
    assert_eq!(one("1</dev/null<char 1:3>>"), Value::Number(1, Some(b"/dev/null<char 1:3>")));
    assert_eq!(one("3</tmp/x>(deleted)"), Value::Number(3, Some(b"/tmp/x")));
    let unix = "UNIX-STREAM:[1->2,\"/run/a>b\"]";
    assert_eq!(one(&format!("7<{unix}>")), Value::Number(7, Some(unix.as_bytes())));
    assert_eq!(one("1<<CAP_CHOWN|1<<CAP_KILL"), Value::Raw(b"1<<CAP_CHOWN|1<<CAP_KILL"));
}

#[test]
fn strings_are_unescaped_and_say_whether_they_were_cut() {
    assert_eq!(one(r#""a\n\"b\\\1\0012\x41\xff""#), {
        Value::Text(b"a\n\"b\\\x01\x012A\xff".to_vec(), false)
    });
    assert_eq!(one(r#""GET / "..."#), Value::Text(b"GET / ".to_vec(), true));
    assert_eq!(one(r#""GET / "#), Value::Text(b"GET / ".to_vec(), true), "cut by the end of the line");
}

#[test]
fn structures_lists_and_functions_nest() {
    let value = one("{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"127.0.0.1\")}");
    let Some(Value::Function(name, values)) = value.field("sin_port") else { panic!("{value:?}") };
    assert_eq!((*name, values[0].number()), (&b"htons"[..], Some(80)));
    let value = one("[{fd=3<pipe:[7]>, events=POLLIN|POLLOUT}, {fd=4, events=0}]");
    assert_eq!(value.items().len(), 2);
    assert_eq!(value.items()[0].field("fd").and_then(Value::number), Some(3));
    assert!(value.items()[0].field("events").is_some_and(|events| events.has("POLLOUT")));
    assert_eq!(one("[3 5<TCP:[1]> 7]").items().len(), 3);
    assert_eq!(one("[112 => 16]").items()[0].after().number(), Some(16));
    assert_eq!(
        one("{flags=CLONE_VM, stack=0x7f} => {parent_tid=[47]}")
            .field("parent_tid")
            .map(|list| list.items()[0].number()),
        Some(Some(47))
    );
    assert_eq!(one("[{WIFEXITED(s) && WEXITSTATUS(s) == 3}]"), {
        Value::List(vec![Value::Struct(vec![Value::Raw(b"WIFEXITED(s) && WEXITSTATUS(s) == 3")])])
    });
    assert_eq!(one("0x7ffc /* 35 vars */"), Value::Number(0x7ffc, None));
}

#[test]
fn arguments_end_at_their_parenthesis() {
    let text = br#"AT_FDCWD</tmp/a(b>, "x)y", O_RDONLY|O_CLOEXEC) = 3</x>"#;
    let (values, length) = arguments(text);
    assert_eq!(values.len(), 3);
    assert!(values[2].has("O_CLOEXEC"));
    assert_eq!(&text[length..], b") = 3</x>");
}

#[test]
fn what_is_broken_ends() {
    let deep = "[{".repeat(1_000);
    for text in ["]", "}{", "a=", "f(", "\"\\", "=>", "5 => ", "[1,,2", "<", "5<", deep.as_str()] {
        let _ = arguments(text.as_bytes());
    }
}
