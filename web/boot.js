// Says what is wrong when the page itself cannot: its WebAssembly did not load or did not start.
(() => {
  const patience_ms = 15000;
  const started = () => document.getElementById("app") !== null;
  const say = (text) => {
    const place = document.getElementById("boot-text");
    if (place && !started()) place.textContent = text;
  };
  const failed = (reason) =>
    say(`The page could not start (${reason}). Reload it; if that does not help, it needs a browser of 2022 or later.`);
  if (typeof WebAssembly !== "object") {
    failed("this browser has no WebAssembly, or it is switched off");
    return;
  }
  addEventListener("error", (event) => failed(event.message || "a file did not load"), true);
  addEventListener("unhandledrejection", (event) => failed(String(event.reason)));
  setTimeout(() => failed("it takes very long: is the connection slow?"), patience_ms);
})();
