// Copies a citation with one click. Without this script it stands in a fold beside, where one click selects it.
"use strict";
const copy = async text => {
  if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
  const box = Object.assign(document.createElement("textarea"), {value: text, className: "aloud"}); // over plain HTTP
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  if (!done) throw new Error("not copied");
};
for (const button of document.querySelectorAll("button[data-copies]")) {
  const source = document.getElementById(button.dataset.copies), take = button.closest(".take");
  const fold = take?.querySelector("details"), told = take?.querySelector(".copied");
  button.hidden = false;
  if (fold) fold.hidden = true;
  button.addEventListener("click", async () => {
    try {
      await copy(source.value ?? source.textContent.trim());
      if (told) told.textContent = button.dataset.copied;
    } catch {
      if (fold) { fold.hidden = false; fold.open = true; } // it can still be selected
    }
    button.focus();
  });
}
