// Keys that work from anywhere: "/" goes to the search, "n" to a new business
// (the element with data-key="n"). A key typed into a field stays in the field.
(() => {
  const typing = (el) => !(el instanceof HTMLElement) || el.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(el.tagName) || el.getAttribute("role") === "textbox";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const search = document.querySelector("[data-find]");
    if (event.key === "Escape" && event.target === search && search.value === "") {
      search.blur();
      return;
    }
    if (typing(event.target)) return;
    if (event.key === "/" && search) {
      event.preventDefault();
      // Remote desktops and the like send the character apart from its key: it
      // would land in the box that the key has just opened.
      const stray = (input) => { if (input.data === event.key) input.preventDefault(); };
      search.addEventListener("beforeinput", stray, { once: true });
      search.focus();
      search.select();
    } else if (event.key.toLowerCase() === "n") {
      document.querySelector('[data-key="n"]')?.click();
    }
  });
  // The address of a search names only what was asked for.
  document.addEventListener("htmx:configRequest", (event) => {
    const asked = event.detail.formData;
    for (const name of [...asked.keys()]) if (asked.get(name) === "") asked.delete(name);
  });
})();
