// data-live="topic" with data-live-src: a fragment that fetches itself anew
// when the server says that its topic changed.
//
// A browser has six connections per host on plain HTTP, so one tab holds the
// one stream (a lock shared by all tabs decides which), hidden tabs hold none,
// and every other visible tab asks every ten seconds. Where locks or streams
// cannot be had, asking is all there is, and it is enough.
(() => {
  const pollEvery = 10000;
  const retryAfter = 60000; // a refused stream: full, or away for longer than a blink
  const pause = 400; // changes that come in a burst are fetched once
  const parts = () => [...document.querySelectorAll("[data-live][data-live-src]")];
  if (parts().length === 0) return;

  let stream = null;
  let timer = 0;
  let waiting = null; // AbortController of the request for the lock
  let letGo = null; // gives the lock back
  const due = new Map(); // element id: timer
  const last = new Map(); // element id: the HTML last put in place

  const held = (el) => el.hasAttribute("data-live-held");

  // leave goes to sign-in, unless somebody is filling a form: the page must not go
  // away under their hands, least of all let a secret land in another page's field.
  function leave(away) {
    const fields = [...document.querySelectorAll("main input, main textarea")];
    const busy = fields.some((f) => f === document.activeElement || ((f.type === "text" || f.type === "password" || f.type === "url" || f.tagName === "TEXTAREA") && f.value !== f.defaultValue));
    if (!busy) {
      location.assign(away);
      return;
    }
    stop();
    document.dispatchEvent(new CustomEvent("bm:say", { detail: "You are signed out. What stands in the form is not saved; copy it before you sign in again." }));
  }

  async function refresh(id) {
    due.delete(id);
    const el = document.getElementById(id);
    if (!el || document.hidden || held(el)) return;
    let answer;
    try {
      answer = await fetch(el.dataset.liveSrc, { headers: { "HX-Request": "true" }, cache: "no-store" });
    } catch {
      return; // away; the next round asks again
    }
    const away = answer.headers.get("HX-Redirect");
    if (away) {
      leave(away);
      return;
    }
    if (!answer.ok) return;
    const html = await answer.text();
    if (last.get(id) === html) return;
    last.set(id, html);
    const now = document.getElementById(id);
    if (now && !held(now)) place(now, html);
  }

  // place swaps a fragment for its successor and keeps what the reader did to
  // it: the focus, by id, and which folds stand open, by id.
  function place(old, html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const fresh = holder.content.firstElementChild;
    if (!fresh || fresh.id !== old.id) return;
    const focus = old.contains(document.activeElement) ? document.activeElement.id : "";
    for (const fold of old.querySelectorAll("details[id]")) {
      const twin = fresh.querySelector("#" + CSS.escape(fold.id));
      if (twin) twin.open = fold.open;
    }
    const before = old.dataset.say;
    old.replaceWith(fresh);
    // What came along belongs elsewhere on the page: each finds its place by id.
    for (const other of [...holder.content.children]) {
      const there = document.getElementById(other.id);
      if (there && !there.isEqualNode(other)) there.replaceWith(other);
    }
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("bm:swapped"));
    if (fresh.dataset.say && fresh.dataset.say !== before) {
      document.dispatchEvent(new CustomEvent("bm:say", { detail: fresh.dataset.say }));
    }
  }

  function soon(id) {
    if (!due.has(id)) due.set(id, setTimeout(refresh, pause, id));
  }
  const all = () => parts().forEach((el) => soon(el.id));

  function poll(on) {
    clearInterval(timer);
    timer = on ? setInterval(all, pollEvery) : 0;
  }

  function open() {
    const topics = [...new Set(parts().map((el) => el.dataset.live))].join(",");
    stream = new EventSource("/live?topics=" + encodeURIComponent(topics));
    stream.addEventListener("open", () => {
      poll(false);
      all(); // what changed between the page and the stream
    });
    stream.addEventListener("change", (event) => {
      const changed = new Set(event.data.split(/[\s,]+/));
      for (const el of parts()) if (changed.has(el.dataset.live)) soon(el.id);
    });
    stream.addEventListener("error", () => {
      poll(true);
      if (!stream || stream.readyState !== EventSource.CLOSED) return; // the browser tries again
      close();
      waiting = null;
      setTimeout(() => { if (!document.hidden) start(); }, retryAfter);
    });
  }

  function close() {
    stream?.close();
    stream = null;
    letGo?.();
    letGo = null;
  }

  function start() {
    if (stream) return;
    poll(true);
    if (!navigator.locks || !window.EventSource || waiting) return;
    waiting = new AbortController();
    navigator.locks
      .request("bm-live", { signal: waiting.signal }, () => new Promise((done) => {
        letGo = done;
        if (document.hidden) done();
        else open();
      }))
      .catch(() => {}); // called off while still in the queue
  }

  function stop() {
    poll(false);
    waiting?.abort();
    waiting = null;
    close();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stop();
    } else {
      start();
      all();
    }
  });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => {
    if (event.persisted && !document.hidden) {
      start();
      all();
    }
  });

  // data-hold="id": stops and resumes one fragment, so that a row can be read
  // while others arrive.
  for (const button of document.querySelectorAll("[data-hold]")) {
    const el = () => document.getElementById(button.dataset.hold);
    const word = button.querySelector("[data-word]");
    const note = document.getElementById(button.dataset.note);
    button.hidden = false;
    if (note) note.hidden = false;
    button.addEventListener("click", () => {
      const part = el();
      if (!part) return;
      const on = part.toggleAttribute("data-live-held");
      button.setAttribute("aria-pressed", String(on));
      word.textContent = on ? "Resume" : "Hold";
      if (note) note.textContent = on ? "Held. New events show again with Resume" : "Live, newest first";
      if (!on) soon(part.id);
    });
  }

  if (!document.hidden) start();
})();
