//! Numbers, instants and bytes as words.

use loopscope_shared::time::Nanos;

pub use loopscope_shared::language::grouped;

/// A number of a figure: with two decimals below one, one below a hundred, whole above. What is something never
/// looks like nothing.
pub fn figure(number: f64) -> String {
    match number {
        0.0 => "0".to_owned(),
        n if n < 0.01 => "< 0.01".to_owned(),
        n if n < 0.995 => format!("{n:.2}"),
        n if n < 99.95 => format!("{n:.1}"),
        n => grouped(n.round() as u64),
    }
}

/// Reads a number as a reader writes it: digits, and perhaps a point among them. The standard library's reader knows
/// every form and rounds the last bit right, for which it has 10 KB of tables.
pub fn decimal(text: &str) -> Option<f64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: u64 = format!("{whole}{part}").parse().ok().filter(|_| !text.starts_with('+'))?;
    Some(digits as f64 / 10f64.powi(part.len() as i32))
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

/// The upper bound of a span that is known only roughly: two significant digits, rounded up so that it stays a
/// bound. `≤ 190 µs`.
pub fn bound(span: Nanos) -> String {
    let unit = 10u64.pow(span.0.max(1).ilog10().saturating_sub(1));
    let nanos = span.0.div_ceil(unit) * unit;
    let (scale, name) = scale_of(Nanos(nanos));
    let decimals = usize::from(nanos < 10 * scale && scale > 1);
    format!("≤ {:.decimals$} {name}", nanos as f64 / scale as f64)
}

/// An instant on a scale whose marks are `step` apart, which is round: with as many decimals as the step has.
pub fn mark(at: Nanos, step: Nanos) -> String {
    let (scale, name) = scale_of(at.max(step));
    let mut decimals = 0;
    // Nine are enough for a nanosecond in seconds.
    while decimals < 9 && !(step.0 * 10u64.pow(decimals)).is_multiple_of(scale) {
        decimals += 1;
    }
    format!("{:.*} {name}", decimals as usize, at.0 as f64 / scale as f64)
}

/// The unit in which an instant is written, in nanoseconds, and its sign.
fn scale_of(at: Nanos) -> (u64, &'static str) {
    match at.0 {
        ns if ns < 1_000 => (1, "ns"),
        ns if ns < 1_000_000 => (1_000, "µs"),
        ns if ns < 1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    }
}

/// A text in pieces, and of each whether it stood between backticks, which are left out: it is code. A backtick
/// without a partner stands for itself.
pub fn with_code(text: &str) -> Vec<(bool, &str)> {
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return vec![(false, text)];
    }
    pieces.into_iter().enumerate().map(|(index, piece)| (index % 2 == 1, piece)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_can_be_told_apart() {
        assert_eq!(instant(Nanos(1_834_000)), "1.834 ms");
        assert_eq!(instant(Nanos(14_721_345_678)), "14.721346 s");
        assert_eq!(mark(Nanos(14_712_000_000), Nanos(1_000_000)), "14.712 s");
        assert_eq!(mark(Nanos(14_500_000_000), Nanos(500_000_000)), "14.5 s");
        assert_eq!(mark(Nanos(140_000), Nanos(20_000)), "140 µs");
        assert_eq!(mark(Nanos(1_400_000), Nanos(200_000)), "1.4 ms");
        assert_eq!(mark(Nanos(2_000_000), Nanos(1_000_000)), "2 ms");
        assert_eq!(mark(Nanos(0), Nanos(20_000)), "0 µs");
        assert_eq!(mark(Nanos(150), Nanos(50)), "150 ns");
    }

    #[test]
    fn a_bound_has_two_digits_and_is_never_below() {
        let check = |nanos: u64, expect: &str| assert_eq!(bound(Nanos(nanos)), expect);
        check(7, "≤ 7 ns");
        check(95, "≤ 95 ns");
        check(181_247, "≤ 190 µs");
        check(1_966_079, "≤ 2.0 ms");
        check(19_001, "≤ 20 µs");
        check(999_001, "≤ 1.0 ms");
        check(0, "≤ 0 ns");
    }

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(with_code("run `a b` now"), [(false, "run "), (true, "a b"), (false, " now")]);
        assert_eq!(with_code("a ` b"), [(false, "a ` b")]);
        assert_eq!(with_code("plain"), [(false, "plain")]);
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
        assert_eq!(figure(0.004), "< 0.01");
        assert_eq!(figure(4.25), "4.2");
        assert_eq!(figure(99.96), "100");
    }

    #[test]
    fn a_number_is_read_as_a_reader_writes_it() {
        assert_eq!(decimal("12"), Some(12.0));
        assert_eq!(decimal("0.049"), Some(0.049));
        assert_eq!(decimal(".5"), Some(0.5));
        for wrong in ["", ".", "-1", "+1", "1.2.3", "1e3", "one", "99999999999999999999"] {
            assert_eq!(decimal(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn bytes_are_shown_as_they_are() {
        assert_eq!(hex(b"wor"), "77 6f 72");
        assert_eq!(escaped(b"hi\n"), "hi\\n");
    }
}
