// data-generate: the form that makes a challenge key. With script the answer
// is only the key's own field, put in place, so that what was pasted beside it
// stays. Without script the same form answers a whole page.
(() => {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-generate]")) return;
    event.preventDefault();
    const button = event.submitter;
    if (button) button.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { "HX-Request": "true" },
        cache: "no-store",
      });
      const away = answer.headers.get("HX-Redirect");
      if (away) {
        location.assign(away);
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      const fresh = holder.content.firstElementChild;
      const old = fresh && document.getElementById(fresh.id);
      if (!old) throw new Error("no field in the answer");
      old.replaceWith(fresh);
      document.getElementById(button?.id)?.focus();
      document.dispatchEvent(new CustomEvent("bm:swapped"));
      document.dispatchEvent(new CustomEvent("bm:say", { detail: "A new key is in the field. It counts when it is saved." }));
    } catch {
      if (button) button.removeAttribute("aria-busy");
      document.dispatchEvent(new CustomEvent("bm:say", { detail: "No key was made. Nothing changed. Try again." }));
      const note = document.getElementById("generate-note");
      if (note) note.hidden = false;
    }
  });
})();
