import { apiInitializer } from "discourse/lib/api";
import loadScript from "discourse/lib/load-script";

// Attach the suggestions to the composer while a new topic is written; replies and edits are left alone.
export default apiInitializer("1.0", (api) => {
  const service = (settings.passerelle_url || "").replace(/\/+$/, "");
  if (!/^https?:\/\//.test(service)) {
    return;
  }

  let detach = null;
  let opened = 0;

  function leave() {
    opened += 1;
    detach?.();
    detach = null;
  }

  async function join() {
    leave();
    const mine = opened;
    const composer = api.container.lookup("service:composer");
    if (!composer?.model?.creatingTopic) {
      return;
    }
    try {
      await loadScript(`${service}/forum-suggest.js`);
    } catch {
      return; // the resource centre is away: the composer works as ever
    }
    const title = document.querySelector("#reply-control #reply-title");
    const body = document.querySelector("#reply-control .d-editor-input");
    const panel = document.querySelector("#reply-control .title-and-category, #reply-control .title-input");
    if (mine !== opened || !title || !window.PasserelleSuggest) {
      return;
    }
    detach = window.PasserelleSuggest.attach({
      title,
      // The rich text editor is no field with a value: the title alone is asked for then.
      body: body instanceof HTMLTextAreaElement ? body : null,
      panel,
      service,
      language: document.documentElement.lang,
    });
  }

  api.onAppEvent("composer:opened", join);
  api.onAppEvent("composer:closed", leave);
  api.onAppEvent("composer:cancelled", leave);
});
