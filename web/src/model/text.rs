//! Numbers, instants and bytes as words.

use loopscope_shared::time::Nanos;

/// A whole number in groups of three: `6 144`. The spaces are narrow and do not break.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A number of a figure: with two decimals below one, one below a hundred, whole above.
pub fn figure(number: f64) -> String {
    match number {
        0.0 => "0".to_owned(),
        n if n < 0.995 => format!("{n:.2}"),
        n if n < 99.95 => format!("{n:.1}"),
        n => grouped(n.round() as u64),
    }
}

/// Bytes as hexadecimal pairs: `77 6f 72`.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// Bytes as text, with escapes for what is not printable.
pub fn escaped(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// `1 event`, `2 events`.
pub fn counted(count: u64, one: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {one}{s}", grouped(count))
}

/// An instant so that microseconds can be told apart: `1.834 ms`, and `14.721345 s` where four digits would
/// not do.
pub fn instant(at: Nanos) -> String {
    if at.0 < 1_000_000_000 { at.to_string() } else { format!("{:.6} s", at.0 as f64 / 1e9) }
}

/// An instant on a scale whose marks are `step` apart: with as many decimals as tell two marks apart.
pub fn mark(at: Nanos, step: Nanos) -> String {
    let (unit, name) = match at.0.max(step.0) {
        ns if ns < 1_000 => return at.to_string(),
        ns if ns < 1_000_000 => (1e3, "µs"),
        ns if ns < 1_000_000_000 => (1e6, "ms"),
        _ => (1e9, "s"),
    };
    let decimals = (unit / step.0.max(1) as f64 * 10.0).log10().ceil().clamp(0.0, 9.0) as usize;
    format!("{:.decimals$} {name}", at.0 as f64 / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_can_be_told_apart() {
        assert_eq!(instant(Nanos(1_834_000)), "1.834 ms");
        assert_eq!(instant(Nanos(14_721_345_678)), "14.721346 s");
        assert_eq!(mark(Nanos(14_712_345_678), Nanos(1_000_000)), "14.7123 s");
        assert_eq!(mark(Nanos(14_712_345_678), Nanos(4_000_000_000)), "14.7 s");
        assert_eq!(mark(Nanos(134_400), Nanos(134_400)), "134 µs");
        assert_eq!(mark(Nanos(0), Nanos(134_400)), "0 µs");
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        let check = |number: u64, expect: &str| assert_eq!(grouped(number).replace('\u{202f}', "_"), expect);
        check(0, "0");
        check(999, "999");
        check(6144, "6_144");
        check(1_234_567, "1_234_567");
    }

    #[test]
    fn a_figure_has_as_many_digits_as_say_something() {
        assert_eq!(figure(0.0), "0");
        assert_eq!(figure(0.049), "0.05");
        assert_eq!(figure(4.25), "4.2");
        assert_eq!(figure(99.96), "100");
    }

    #[test]
    fn bytes_are_shown_as_they_are() {
        assert_eq!(hex(b"wor"), "77 6f 72");
        assert_eq!(escaped(b"hi\n"), "hi\\n");
    }
}
