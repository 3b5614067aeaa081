// What runs in a web worker: the page's own program, of which the page sends the script and the compiled module; or
// another, of which it sends the script alone, which loads the module.
addEventListener(
  "message",
  ({ data: [script, module] }) => {
    import(script)
      .then(({ initSync, default: load }) => (module ? initSync({ module }) : load()))
      // A promise that fails is no error of the worker, and the page hears of errors alone.
      .catch((failure) => reportError(failure));
  },
  { once: true },
);
