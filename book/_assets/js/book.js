// What scrolls sideways can be reached by keyboard; what fits is no stop on the way.
(() => {
  const SCROLLERS = "div.math, .lm-figure, .cell_output > .output, .cell_output .highlight > pre, table.dataframe";
  const mark = () => {
    for (const box of document.querySelectorAll(SCROLLERS)) {
      const scrolls = box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible";
      if (scrolls) {
        box.tabIndex = 0;
      } else if (box.getAttribute("tabindex") === "0") {
        box.removeAttribute("tabindex");
      }
    }
  };
  let waiting;
  const later = () => { clearTimeout(waiting); waiting = setTimeout(mark, 100); };
  window.addEventListener("resize", later);
  document.addEventListener("toggle", later, true);
  document.fonts.ready.then(mark);
})();
