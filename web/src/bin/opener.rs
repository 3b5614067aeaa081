//! The entry of the program that opens files, in a web worker: the page loads it when the first is opened.

fn main() {
    console_error_panic_hook::set_once();
    loopscope_web::worker::start_opener();
}
