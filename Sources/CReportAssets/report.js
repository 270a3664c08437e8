"use strict";
// Sorting, filtering and unfolding. Without it the page shows the same.
(function () {
  function value(row, column) {
    const cell = row.cells[column];
    const given = cell.getAttribute("data-value");
    return given === null ? cell.textContent.trim() : given;
  }

  function compare(a, b, isNumber) {
    if (isNumber) return Number(a) - Number(b);
    return a < b ? -1 : a > b ? 1 : 0;
  }

  document.querySelectorAll("table[data-sortable]").forEach(function (table) {
    const body = table.tBodies[0];
    if (!body || body.rows.length < 2) return;
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      while (head.firstChild) button.append(head.firstChild);
      head.append(button);
      button.addEventListener("click", function () {
        const isDescending = head.getAttribute("aria-sort") === "ascending" ||
          (head.classList.contains("n") && head.getAttribute("aria-sort") === null);
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
        const rows = Array.from(body.rows).map(function (row, place) { return { row: row, place: place }; });
        rows.sort(function (a, b) {
          const order = compare(value(a.row, column), value(b.row, column), head.classList.contains("n"));
          return (isDescending ? -order : order) || a.place - b.place;
        });
        rows.forEach(function (entry) { body.append(entry.row); });
      });
    });
  });

  document.querySelectorAll("table[data-filterable]").forEach(function (table) {
    const body = table.tBodies[0];
    if (!body || body.rows.length < 6) return;
    const label = document.createElement("label");
    label.className = "filter";
    const words = document.createElement("span");
    words.textContent = "Filter";
    const input = document.createElement("input");
    input.type = "search";
    input.setAttribute("aria-label", "Filter " + table.getAttribute("data-filterable"));
    const count = document.createElement("output");
    label.append(words, input, count);
    table.parentElement.before(label);
    input.addEventListener("input", function () {
      const wanted = input.value.toLowerCase();
      let shown = 0;
      Array.from(body.rows).forEach(function (row) {
        const isShown = row.textContent.toLowerCase().includes(wanted);
        row.hidden = !isShown;
        if (isShown) shown += 1;
      });
      count.textContent = wanted === "" ? "" : shown + " of " + body.rows.length;
    });
  });

  document.querySelectorAll("[data-expandable]").forEach(function (list) {
    const entries = Array.from(list.children);
    if (entries.length < 2) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "all";
    button.textContent = "Unfold all";
    list.before(button);
    button.addEventListener("click", function () {
      const open = entries.some(function (entry) { return !entry.open; });
      entries.forEach(function (entry) { entry.open = open; });
      button.textContent = open ? "Fold all" : "Unfold all";
    });
  });
})();
