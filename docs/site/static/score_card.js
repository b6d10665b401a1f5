/* The score card: a click on a head sorts its rows, and boxes leave the rules that meet what is asked.
   Without this script the table is whole and in the order of the course. */
"use strict";

for (const table of document.querySelectorAll("table.ml-card")) {
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows];
  const controls = document.createElement("div");
  const status = document.createElement("span");
  const asked = new Set();

  const show = () => {
    for (const row of rows) {
      row.hidden = [...asked].some((column) => row.cells[column].dataset.order !== "0");
    }
    status.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rules`;
  };

  const sort = (column) => {
    const head = heads[column];
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const place = (row) => {
      const order = row.cells[column].dataset.order;
      if (order === undefined) return rows.indexOf(row); // by rule: the order of the course
      return order === "" ? Infinity : Number(order) * (down ? -1 : 1);
    };
    const sorted = [...rows].sort((a, b) => {
      const [one, two] = [place(a), place(b)];
      return one === two ? rows.indexOf(a) - rows.indexOf(b) : one - two;
    });
    table.tBodies[0].append(...sorted);
  };

  const box = (words, change) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "checkbox";
    input.addEventListener("change", () => change(input.checked));
    label.append(input, ` ${words}`);
    controls.append(label);
  };

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    const title = head.textContent;
    button.textContent = title;
    button.addEventListener("click", () => sort(column));
    head.replaceChildren(button);
    if (head.dataset.wanted) {
      box(`${title}: ${head.dataset.wanted}`, (ticked) => {
        asked[ticked ? "add" : "delete"](column);
        show();
      });
    }
  });
  box("with reasons", (ticked) => table.classList.toggle("ml-reasons", ticked));
  controls.className = "ml-card-controls";
  status.setAttribute("role", "status");
  controls.append(status);
  table.parentElement.before(controls);
  show();
}
