//! The entry of the page: starts [`loopscope_web::app::App`] in the page's root.

fn main() {
    console_error_panic_hook::set_once();
    loopscope_web::app::start();
}
