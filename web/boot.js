// Fetches what the page says in the reader's language, while its WebAssembly is loaded. And says what is wrong when the
// page itself cannot: its files did not load, its WebAssembly did not start, or broke.
(() => {
  const patience_ms = 15000;
  const texts = {
    en: {
      loading: "The page is being loaded …",
      broken: (reason) => `The page has broken (${reason}).`,
      not_started: (reason) => `The page could not start (${reason}).`,
      advice: " Reload it; if that does not help, it needs a browser of 2024 or later.",
      no_wasm: "this browser has no WebAssembly, or it is switched off",
      no_file: "a file did not load",
      no_catalogue: (reason) => `its texts did not load: ${reason}`,
      two_builds: "its files are of two builds",
      slow: "it takes very long: is the connection slow?",
    },
    zh: {
      loading: "页面正在加载……",
      broken: (reason) => `页面出错了（${reason}）。`,
      not_started: (reason) => `页面无法启动（${reason}）。`,
      advice: "请重新加载；如果无效，请使用 2024 年或更新的浏览器。",
      no_wasm: "这个浏览器没有 WebAssembly，或者它被关闭了",
      no_file: "有文件没有加载成功",
      no_catalogue: (reason) => `文字没有加载成功：${reason}`,
      two_builds: "文件来自两次不同的构建",
      slow: "用了很长时间：连接是不是很慢？",
    },
  };
  const chosen = () => {
    try {
      return localStorage.getItem("loopscope.language");
    } catch {
      return null; // A browser may forbid it. Then its own languages count.
    }
  };
  const tags = [chosen(), ...navigator.languages].filter(Boolean).map((tag) => tag.slice(0, 2));
  const language = tags.find((tag) => tag in texts) ?? "en";
  const text = texts[language];
  document.documentElement.lang = language;
  const say = (words) => {
    const banner = document.getElementById("banner");
    banner?.classList.remove("empty");
    const place = banner ?? document.getElementById("boot-text");
    if (place) place.textContent = words;
  };
  const started = () => document.getElementById("app") !== null;
  let hasFailed = false;
  const failed = (reason) => {
    // What is said first is the cause of the rest.
    if (hasFailed && !started()) return;
    hasFailed = true;
    say((started() ? text.broken(reason) : text.not_started(reason)) + text.advice);
  };
  if (!started()) say(text.loading);
  if (typeof WebAssembly !== "object") {
    failed(text.no_wasm);
    return;
  }
  const fetched = async (address) => {
    // A file that is kept may be of another build: the host is asked.
    const response = await fetch(address, { cache: "no-cache" });
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    return response.text();
  };
  const catalogue = fetched(`texts/${language}.txt`);
  catalogue.catch((error) => failed(text.no_catalogue(error.message)));
  // The page takes it from here.
  globalThis.loopscopeBoot = { language, catalogue, ofTwoBuilds: () => failed(text.two_builds) };
  addEventListener("error", (event) => {
    // Once it has started, only an error of WebAssembly ends it.
    if (!started() || event.error instanceof WebAssembly.RuntimeError) failed(event.message || text.no_file);
  }, true);
  addEventListener("unhandledrejection", (event) => {
    if (!started()) failed(String(event.reason));
  });
  setTimeout(() => {
    if (!started()) failed(text.slow);
  }, patience_ms);
})();
