//! A scenario of the reader's own as a field of a link: what is not as usual in it, as JSON, and compressed
//! where that is shorter.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use loopscope_shared::scenario::Scenario;
use lz4_flex::block::{compress_with_dict, decompress_with_dict};
use percent_encoding::utf8_percent_encode;

use super::ESCAPED;

/// The longest scenario that a link can bring, in bytes of its text: more than an address has room for.
const TEXT_MAX: usize = 64 << 10;

/// What scenarios are likely to say, so that it need not be said in the link. It is a part of the format: links
/// that were made with it are read with it, so it never changes.
const LIKELY: &str = r#","network":{"latency_us":50,"bandwidth_bytes_per_s":100000,"segment_bytes":1448,"backlog":16,"syn_retry_us":1000000,"recv_buffer_bytes":4096,"send_buffer_bytes":4096,"nagle":false,"delayed_ack_us":40000}}"machine":{"cpus":2,"time_slice_us":3000,"descriptors_max":20000,"tasks_max":1024},"settings":{"workers":4,"loops":2,"backend":"poll","quirks":"no-nodelay,one-accept"},{"name":"","title":"","look_for":"","program":"epoll","seed":1,"suits":["fork","threads","pool","busy-poll","select","poll","epoll","epoll-et","kqueue","event-ports","dev-poll","io-uring","iocp","event","bufferevent","mio"],"until_us":"clients":[{"count":300,"start_us":100,"stagger_us":50,"jitter_us":30,"reads_bytes_per_s":1000,"nagle":true,"repeat":20,"steps":[{"read":false},{"send_lines":{"lines":10,"bytes":64}},{"think_us":200},{"send":"still here\n"},"await","half_close","close","reset"]}]"#;

/// The scenario as the text of a field.
pub(super) fn written(scenario: &Scenario) -> String {
    let plain = scenario.to_json();
    let packed = URL_SAFE_NO_PAD.encode(compress_with_dict(plain.as_bytes(), LIKELY.as_bytes()));
    let as_it_stands = utf8_percent_encode(&plain, ESCAPED).to_string();
    if packed.len() < as_it_stands.len() { packed } else { plain }
}

/// The scenario that a field says, if it says one that can be had.
pub(super) fn read(text: &str) -> Option<Scenario> {
    let plain = match text.starts_with('{') {
        true => text.to_owned(),
        false => {
            let packed = URL_SAFE_NO_PAD.decode(text).ok()?;
            let bytes = decompress_with_dict(&packed, TEXT_MAX, LIKELY.as_bytes()).ok()?;
            String::from_utf8(bytes).ok()?
        }
    };
    let scenario = Scenario::from_json(&plain).ok()?;
    scenario.check().is_ok().then_some(scenario)
}

#[cfg(test)]
mod tests {
    use loopscope_shared::scenario::{PRESETS, preset};

    use super::*;

    #[test]
    fn every_preset_comes_back_and_most_are_short() {
        for name in PRESETS {
            let mut scenario = preset(name).unwrap();
            scenario.network.latency.0 += 17_000;
            let text = written(&scenario);
            assert_eq!(read(&text).as_ref(), Some(&scenario), "{name}: {text}");
            assert!(text.len() < 1_200, "{name}: {} {text}", text.len());
        }
    }

    #[test]
    fn what_is_read_from_a_link_today_is_read_for_ever() {
        let read = read(r#"{"clients":[{"count":2,"steps":["await"]}]}"#).unwrap();
        assert_eq!(read.clients[0].count, 2);
    }

    #[test]
    fn nonsense_and_too_much_are_refused() {
        for text in ["", "!", "AAAA", "{", r#"{"clients":[{"count":1000000}]}"#, r#"{"colour":1}"#] {
            assert_eq!(read(text), None, "{text}");
        }
        // Ten bytes that ask for more than there is room for.
        assert_eq!(read(&URL_SAFE_NO_PAD.encode([0x1f, b'a', 1, 0, 255, 255, 255, 255, 255, 0])), None);
    }
}
