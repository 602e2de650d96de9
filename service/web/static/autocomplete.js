// Completes what is typed into the search box with a datalist, which browsers show and drive by keyboard themselves.
// Without this script the box is the same, without completions.
"use strict";
for (const box of document.querySelectorAll("input[data-completions]")) {
  const list = document.getElementById(box.getAttribute("list"));
  let asked = "", waiting = 0;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const typed = box.value.trim();
      if (typed === asked) return;
      asked = typed;
      const answer = await fetch(`${box.dataset.completions}?q=${encodeURIComponent(typed)}`).catch(() => null);
      const [query, texts] = answer?.ok ? await answer.json() : [typed, []];
      if (query !== asked) return; // an older answer
      list.replaceChildren(...texts.map(text => Object.assign(document.createElement("option"), {value: text})));
    }, 150);
  });
}
