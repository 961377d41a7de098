// The colours of our cells in JupyterLab 4: verbs, keys, names, numbers, texts and comments.
//
// What JupyterLab loads as a prebuilt extension is a container of webpack's module federation: `init` is handed what the page
// shares, `get` gives a plugin. That little needs no build.
"use strict";
(() => {
  let shared;

  // A module of the page: the version that is in use, or else the first.
  async function use(name) {
    const versions = shared[name] || {};
    const keys = Object.keys(versions);
    const key = keys.find(key => versions[key].loaded) || keys[0];
    if (!key) throw new Error(`camkernel: this JupyterLab does not share ${name}`);
    return (await versions[key].get())();
  }

  const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

  // What follows the grammar of docs/language.md, one line at a time; `role` is what the next word will be.
  const grammar = {
    name: "cam",
    languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", "[", "{", "'", '"'] } },
    startState: () => ({ role: "verb", goesOn: false }),
    copyState: state => ({ ...state }),
    blankLine: state => Object.assign(state, { role: "verb", goesOn: false }),
    token(stream, state) {
      if (stream.sol()) {
        if (!state.goesOn) state.role = "verb";
        state.goesOn = false;
      }
      if (stream.eatSpace()) return null;
      if (stream.match(/^\\\s*$/)) {
        state.goesOn = true;
        return "punctuation";
      }
      const first = stream.next();
      if (first === "#") {
        stream.skipToEnd();
        return "comment";
      }
      if (first === '"' || first === "'") {
        for (let next; (next = stream.next()) && next !== first; ) if (next === "\\") stream.next();
        if (state.role !== "value") state.role = "value";
        return "string";
      }
      if (first === "=") {
        state.role = "value";
        return "operator";
      }
      if (first === "," || first === ";") return "punctuation";
      stream.match(/^(?:\\(?!\s*$)|[^\s,=;#"'\\])*/);
      const word = stream.current(), role = state.role;
      state.role = "value";
      if (stream.match(/^\s*=/, false)) return role === "verb" ? "def" : "attribute";
      if (role === "verb") return "keyword";
      if (role === "name") return "def";
      if (word.toLowerCase() === "as") {
        state.role = "name";
        return "keyword";
      }
      return NUMBER.test(word) ? "number" : null;
    },
  };

  async function plugin() {
    const { IEditorLanguageRegistry } = await use("@jupyterlab/codemirror");
    return {
      id: "camkernel:language",
      description: "Colours for the cells of camkernel.",
      autoStart: true,
      requires: [IEditorLanguageRegistry],
      activate: (_, languages) => {
        languages.addLanguage({
          name: "cam",
          displayName: "CAM",
          mime: "text/x-cam",
          extensions: ["cam"],
          load: async () => {
            const { LanguageSupport, StreamLanguage } = await use("@codemirror/language");
            return new LanguageSupport(StreamLanguage.define(grammar));
          },
        });
      },
    };
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB.camkernel = {
    init: scope => {
      shared = scope;
    },
    get: async () => {
      const made = await plugin();
      return () => ({ __esModule: true, default: made });
    },
  };
})();
