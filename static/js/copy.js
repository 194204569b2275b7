// data-copy="id": copies the text of that element. Without script the button
// is hidden and the value stays selectable as a whole.
(() => {
  const show = (root) => {
    for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
  };
  const put = async (text) => {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    // On plain HTTP away from loopback there is no clipboard API; a selection still copies.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "sr";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("not copied");
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const from = document.getElementById(button.dataset.copy);
    const word = button.querySelector("[data-word]");
    if (!from || !word) return;
    const before = button.dataset.before || word.textContent;
    button.dataset.before = before;
    try {
      await put(from.textContent);
      word.textContent = "Copied";
    } catch {
      word.textContent = "Select and copy";
      getSelection().selectAllChildren(from);
    }
    button.closest(".copy")?.classList.add("is-copied");
    document.dispatchEvent(new CustomEvent("bm:say", { detail: word.textContent }));
    clearTimeout(Number(button.dataset.timer));
    // Two seconds: long enough to be read, short enough not to be taken for a state.
    button.dataset.timer = setTimeout(() => {
      word.textContent = before;
      button.closest(".copy")?.classList.remove("is-copied");
    }, 2000);
  });
  show(document);
  document.addEventListener("bm:swapped", () => show(document));
})();
