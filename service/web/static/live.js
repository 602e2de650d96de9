// Shows anew, every few seconds, the part of a page that will soon say something else (`data-live`), until it is settled.
// Without this script a link in that part loads the page again.
"use strict";
const refresh = async part => {
  const answer = await fetch(location.href, {headers: {Accept: "text/html"}}).catch(() => null);
  const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
  if (fresh && fresh.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) {
    part.replaceChildren(...fresh.childNodes);
    if (!fresh.hasAttribute("data-live")) return part.removeAttribute("data-live");
  }
  setTimeout(refresh, 3000, part);
};
for (const part of document.querySelectorAll("[data-live][id]")) setTimeout(refresh, 3000, part);
