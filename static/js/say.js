// One quiet place in which whatever changed by itself is said to people who
// listen rather than look: #say in the shell. Fragments carry their sentence
// in data-say.
(() => {
  document.addEventListener("bm:say", (event) => {
    const place = document.getElementById("say");
    if (place) place.textContent = event.detail;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    document.dispatchEvent(new CustomEvent("bm:swapped"));
    const text = event.detail.target?.querySelector?.("[data-say]")?.dataset.say;
    if (text) document.dispatchEvent(new CustomEvent("bm:say", { detail: text }));
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, () => {
      document.dispatchEvent(new CustomEvent("bm:say", { detail: "No answer. What you see is from before. Press Enter to ask again." }));
    });
  }
})();
