// Renders a list of formulas with KaTeX: JSON on stdin, JSON on stdout.
// In: {katex: path, macros: {...}, formulas: [{tex, display}]}. Out: [{html}, or {error}], in the same order.
const { katex, macros, formulas } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const { renderToString } = require(katex);

function render({ tex, display }) {
  try {
    // A fresh copy of the macros: \gdef in one formula must not reach the next.
    const options = { displayMode: display, macros: { ...macros }, strict: "ignore", throwOnError: true };
    return { html: renderToString(tex, options) };
  } catch (error) {
    return { error: error.message };
  }
}

process.stdout.write(JSON.stringify(formulas.map(render)));
