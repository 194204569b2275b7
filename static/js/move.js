// data-rows: arrow keys move between the rows' own links; Enter follows the
// one in focus, as it does anyway. From the search, down goes to the first row.
(() => {
  const links = () => [...document.querySelectorAll("[data-rows] .table-title")];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const rows = links();
    if (rows.length === 0) return;
    const search = document.querySelector("[data-find]");
    const at = rows.indexOf(document.activeElement);
    const free = event.target === document.body || event.target === document || event.target.id === "main" || event.target === search;
    if (at < 0 && !free) return;
    if (at < 0 && event.key === "ArrowUp") return;
    event.preventDefault();
    if (event.key === "ArrowUp" && at === 0) {
      search?.focus();
      return;
    }
    const next = Math.min(rows.length - 1, event.key === "ArrowDown" ? at + 1 : at - 1);
    rows[next].focus();
  });
  // Enter in the search opens the one row that is left, while the rows are those
  // of what stands in the box; otherwise it searches.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches?.("[data-find]")) return;
    const list = document.querySelector("[data-rows]");
    const value = event.target.value.trim();
    if (!list || value === "" || list.dataset.rows !== value) return;
    const left = links();
    if (left.length !== 1) return;
    event.preventDefault();
    location.assign(left[0].href);
  });
})();
