//! The entry of the web worker: starts [`loopscope_web::worker`].

fn main() {
    console_error_panic_hook::set_once();
    loopscope_web::worker::start();
}
