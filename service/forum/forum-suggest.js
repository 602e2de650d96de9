/*
 * Prior solutions beside a forum post while it is being written. No dependency; one file; any forum.
 *
 *   <form data-passerelle-suggest>
 *     <input data-passerelle-title> <textarea data-passerelle-body></textarea>
 *     <div data-passerelle-panel></div>          (optional: where suggestions go; else after the title's label or field)
 *   </form>
 *   <script src="https://resource-centre.example/forum-suggest.js" data-language="fr" defer></script>
 *
 * Or by hand: const detach = PasserelleSuggest.attach({ title, body, panel, service, language }).
 * It never holds up the form: it cancels no event, moves no focus by itself, and says nothing when anything fails.
 */
(function () {
  "use strict";

  const WAIT_MS = 600; // after the last key
  const PATIENCE_MS = 5000; // for an answer
  const SHORTEST = 12; // characters of title and body together
  const LONGEST_BODY = 4000;
  const LONGEST_QUOTE = 220;
  const PAUSE_MS = 30000; // after the service said it is busy, without saying how long
  const own = document.currentScript;

  const MESSAGES = {
    fr: {
      heading: "Peut-être déjà résolu",
      threads: "Fils résolus",
      documents: "Documents",
      solution: "Solution acceptée :",
      shared: "En commun :",
      dismiss: "Masquer les suggestions",
      fresh: "s’ouvre dans un nouvel onglet",
      found: (n) => (n === 1 ? "1 réponse possible est affichée." : `${n} réponses possibles sont affichées.`),
    },
    en: {
      heading: "Perhaps already solved",
      threads: "Solved threads",
      documents: "Documents",
      solution: "Accepted solution:",
      shared: "In common:",
      dismiss: "Hide suggestions",
      fresh: "opens in a new tab",
      found: (n) => (n === 1 ? "1 possible answer is shown." : `${n} possible answers are shown.`),
    },
    de: {
      heading: "Vielleicht schon gelöst",
      threads: "Gelöste Themen",
      documents: "Dokumente",
      solution: "Akzeptierte Lösung:",
      shared: "Gemeinsam:",
      dismiss: "Vorschläge ausblenden",
      fresh: "öffnet sich in einem neuen Tab",
      found: (n) => (n === 1 ? "1 mögliche Antwort wird angezeigt." : `${n} mögliche Antworten werden angezeigt.`),
    },
    es: {
      heading: "Quizá ya está resuelto",
      threads: "Hilos resueltos",
      documents: "Documentos",
      solution: "Solución aceptada:",
      shared: "En común:",
      dismiss: "Ocultar las sugerencias",
      fresh: "se abre en una pestaña nueva",
      found: (n) => (n === 1 ? "Se muestra 1 respuesta posible." : `Se muestran ${n} respuestas posibles.`),
    },
    it: {
      heading: "Forse già risolto",
      threads: "Discussioni risolte",
      documents: "Documenti",
      solution: "Soluzione accettata:",
      shared: "In comune:",
      dismiss: "Nascondi i suggerimenti",
      fresh: "si apre in una nuova scheda",
      found: (n) => (n === 1 ? "È mostrata 1 possibile risposta." : `Sono mostrate ${n} possibili risposte.`),
    },
    nl: {
      heading: "Misschien al opgelost",
      threads: "Opgeloste draden",
      documents: "Documenten",
      solution: "Geaccepteerde oplossing:",
      shared: "Gemeenschappelijk:",
      dismiss: "Suggesties verbergen",
      fresh: "opent in een nieuw tabblad",
      found: (n) => (n === 1 ? "1 mogelijk antwoord wordt getoond." : `${n} mogelijke antwoorden worden getoond.`),
    },
  };

  // In a shadow tree and a constructed sheet: neither the forum's style nor its Content-Security-Policy gets in the way.
  const STYLE = `
    :host { display: block; color-scheme: light dark; }
    .panel { font: inherit; color: CanvasText; background: Canvas; border: 1px solid GrayText; border-radius: 6px;
      padding: .75rem 1rem; margin: .5rem 0; max-height: 22rem; overflow: auto; }
    .head { display: flex; justify-content: space-between; align-items: center; gap: 1rem; }
    h2, h3 { font-size: 1rem; margin: 0; } h3 { margin-top: .6rem; font-weight: 600; }
    ul { margin: .3rem 0 0; padding: 0; list-style: none; } li { margin: .5rem 0; }
    a { color: LinkText; } p { margin: .2rem 0; font-size: .9rem; overflow-wrap: anywhere; }
    mark { font-weight: 600; background: none; color: inherit; text-decoration: underline; }
    button { font: inherit; min-width: 2rem; min-height: 2rem; cursor: pointer; }
    a:focus-visible, button:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
    .said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    [hidden] { display: none; }
  `;

  function made(name, text, attributes) {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
    return element;
  }

  function isWeb(address) {
    try {
      return /^https?:$/.test(new URL(address).protocol);
    } catch {
      return false;
    }
  }

  // The quote around its first shared word, with the shared words marked; offsets count characters, not UTF-16 units.
  function quoted(why) {
    const letters = Array.from(why.quote.text);
    const spans = Array.isArray(why.highlights) ? why.highlights : [];
    const begin = spans.length ? Math.max(0, Math.min(spans[0][0] - 40, letters.length - LONGEST_QUOTE)) : 0;
    const end = Math.min(letters.length, begin + LONGEST_QUOTE);
    const quote = made("p");
    let at = begin;
    quote.append(begin ? "« … " : "« ");
    for (const [from, to] of spans) {
      if (from < at || to > end) continue;
      quote.append(letters.slice(at, from).join(""), made("mark", letters.slice(from, to).join("")));
      at = to;
    }
    quote.append(letters.slice(at, end).join(""), end < letters.length ? " … »" : " »");
    return quote;
  }

  function item(one, said) {
    const line = made("li");
    const link = made("a", one.document.title, { target: "_blank", rel: "noopener" });
    if (isWeb(one.why.quote.url)) link.href = one.why.quote.url;
    link.append(made("span", ` (${said.fresh})`, { class: "said" }));
    line.append(link, quoted(one.why));
    line.lang = one.document.language || "";
    if (one.solution) line.append(made("p", `${said.solution} ${one.solution.text}`));
    if (one.why.words.length) line.append(made("p", `${said.shared} ${one.why.words.join(", ")}`));
    return line;
  }

  function attach(options) {
    const { title, body } = options;
    const service = String(options.service).replace(/\/+$/, "");
    const language = String(options.language || document.documentElement.lang || "fr").slice(0, 2).toLowerCase();
    const said = MESSAGES[language] || MESSAGES.en;

    const host = made("div");
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
    const live = made("p", "", { class: "said", role: "status", "aria-live": "polite" });
    const panel = made("section", "", { class: "panel", "aria-label": said.heading, hidden: "" });
    shadow.append(live, panel);
    host.lang = MESSAGES[language] ? language : "en";
    if (options.panel) options.panel.append(host);
    else (title.closest("label") || title).after(host);

    let timer = 0;
    let asked = "";
    let dismissed = "";
    let quietUntil = 0;
    let running = null;
    let lastField = title;

    function post() {
      return { title: title.value.trim().slice(0, 500), body: body ? body.value.trim().slice(0, LONGEST_BODY) : "" };
    }

    function hide() {
      panel.hidden = true;
      panel.replaceChildren();
      live.textContent = "";
    }

    function dismiss() {
      const hadFocus = host.contains(document.activeElement) || shadow.activeElement;
      dismissed = title.value.trim();
      hide();
      if (hadFocus) lastField.focus();
    }

    function show(found) {
      const groups = [
        [said.threads, found.threads || []],
        [said.documents, found.documents || []],
      ].filter(([, list]) => list.length);
      const count = groups.reduce((sum, [, list]) => sum + list.length, 0);
      if (!count) return hide();
      const head = made("div", "", { class: "head" });
      const close = made("button", "×", { type: "button", "aria-label": said.dismiss, title: said.dismiss });
      close.addEventListener("click", dismiss);
      head.append(made("h2", said.heading), close);
      const parts = [head];
      for (const [name, list] of groups) {
        const lines = made("ul");
        lines.append(...list.map((one) => item(one, said)));
        parts.push(made("h3", name), lines);
      }
      if (shadow.activeElement) return; // whoever reads the list keeps it as it is
      panel.replaceChildren(...parts);
      panel.hidden = false;
      live.textContent = said.found(count);
    }

    async function ask() {
      const written = post();
      const key = JSON.stringify(written);
      if (key === asked || Date.now() < quietUntil || (dismissed && written.title === dismissed)) return;
      if (running) running.abort();
      if (written.title.length + written.body.length < SHORTEST || !written.title) {
        asked = "";
        return hide();
      }
      asked = key;
      const mine = (running = new AbortController());
      const patience = setTimeout(() => mine.abort(), PATIENCE_MS);
      try {
        const answer = await fetch(`${service}/api/v1/suggestions`, {
          method: "POST",
          mode: "cors",
          credentials: "omit",
          referrerPolicy: "no-referrer",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(MESSAGES[language] ? { ...written, language } : written),
          signal: mine.signal,
        });
        if (answer.status === 429 || answer.status === 503) {
          quietUntil = Date.now() + (Number(answer.headers.get("Retry-After")) * 1000 || PAUSE_MS);
        }
        const found = answer.ok ? await answer.json() : {};
        if (running === mine) show(found);
      } catch {
        if (running === mine) {
          asked = "";
          hide();
        }
      } finally {
        clearTimeout(patience);
      }
    }

    function onInput(event) {
      lastField = event.target;
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT_MS);
    }

    function onKey(event) {
      if (event.key === "Escape" && !panel.hidden && !event.isComposing) {
        if (host.contains(event.target)) event.stopPropagation(); // the forum's own Escape may close its editor
        dismiss();
      }
    }

    const fields = [title, body].filter(Boolean);
    for (const field of fields) {
      field.addEventListener("input", onInput);
      field.addEventListener("keydown", onKey);
    }
    host.addEventListener("keydown", onKey);

    return function detach() {
      clearTimeout(timer);
      if (running) running.abort();
      for (const field of fields) {
        field.removeEventListener("input", onInput);
        field.removeEventListener("keydown", onKey);
      }
      host.remove();
    };
  }

  function attachAll() {
    for (const title of document.querySelectorAll("[data-passerelle-title]")) {
      const place = title.closest("[data-passerelle-suggest], form") || document;
      attach({
        title,
        body: place.querySelector("[data-passerelle-body]"),
        panel: place.querySelector("[data-passerelle-panel]"),
        service: (own && own.dataset.service) || new URL(own.src).origin,
        language: own && own.dataset.language,
      });
    }
  }

  window.PasserelleSuggest = Object.freeze({ attach });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", attachAll);
  else attachAll();
})();
