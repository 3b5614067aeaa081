//! The entry of the page and of its web workers, which load the same module: in a page it starts
//! [`loopscope_web::app::App`], in a worker [`loopscope_web::worker`].

fn main() {
    console_error_panic_hook::set_once();
    if loopscope_web::browser::is_worker() {
        loopscope_web::worker::start();
    } else {
        loopscope_web::app::start();
    }
}
