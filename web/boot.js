// Says what is wrong when the page itself cannot: its WebAssembly did not load, did not start, or broke.
(() => {
  const patience_ms = 15000;
  const advice = "Reload it; if that does not help, it needs a browser of 2024 or later.";
  const say = (text) => {
    const banner = document.getElementById("banner");
    banner?.classList.remove("empty");
    const place = banner ?? document.getElementById("boot-text");
    if (place) place.textContent = text;
  };
  const started = () => document.getElementById("app") !== null;
  const failed = (reason) =>
    say(started() ? `The page has broken (${reason}). ${advice}` : `The page could not start (${reason}). ${advice}`);
  if (typeof WebAssembly !== "object") {
    failed("this browser has no WebAssembly, or it is switched off");
    return;
  }
  addEventListener("error", (event) => {
    // Once it has started, only an error of WebAssembly ends it.
    if (!started() || event.error instanceof WebAssembly.RuntimeError) failed(event.message || "a file did not load");
  }, true);
  addEventListener("unhandledrejection", (event) => {
    if (!started()) failed(String(event.reason));
  });
  setTimeout(() => {
    if (!started()) failed("it takes very long: is the connection slow?");
  }, patience_ms);
})();
