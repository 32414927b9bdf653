"use strict";
const form = document.getElementById("filter");
const told = form.querySelector("output");
const rows = [...document.querySelectorAll(".row")].map((element) => {
  const clause = element.closest(".clause");
  const data = { ...(clause ? clause.dataset : {}), ...element.dataset };
  return { element, clause, vendor: data.v, layer: data.l.split(" "), grade: data.g, verdict: data.r, text: null };
});
const counted = rows.filter((row) => row.clause || row.element.matches("tr"));
const clauses = [...document.querySelectorAll(".clause")];
const plainly = (element) => element.textContent.toLowerCase();
// What a clause says is looked through for each of its rows, and read once.
const said = new Map(clauses.map((clause) => [clause, [...clause.children].filter((part) => part.localName !== "ul").map(plainly).join(" ")]));

function wanted() {
  const data = new FormData(form);
  return {
    verdicts: data.getAll("verdict"),
    vendor: data.get("vendor") || "",
    layer: data.get("layer") || "",
    grade: data.get("grade") || "",
    words: (data.get("text") || "").toLowerCase().split(/\s+/).filter(Boolean),
  };
}

function fits(row, want) {
  if (want.verdicts.length && !want.verdicts.includes(row.verdict)) return false;
  if (want.vendor && row.vendor !== want.vendor) return false;
  if (want.layer && !row.layer.includes(want.layer)) return false;
  if (want.grade && row.grade !== want.grade) return false;
  if (!want.words.length) return true;
  row.text ??= plainly(row.element) + (row.clause ? ` ${said.get(row.clause)}` : "");
  return want.words.every((word) => row.text.includes(word));
}

function show() {
  const want = wanted();
  const any = want.verdicts.length || want.vendor || want.layer || want.grade || want.words.length;
  const left = new Set();
  let shown = 0;
  for (const row of rows) {
    const fit = fits(row, want);
    row.element.hidden = !fit;
    if (fit && row.clause) left.add(row.clause);
  }
  for (const row of counted) shown += !row.element.hidden;
  for (const clause of clauses) {
    const bare = !clause.querySelector(".row");
    const data = clause.dataset;
    const fit = bare && !want.verdicts.length && !want.layer && (!want.vendor || data.v === want.vendor) && (!want.grade || data.g === want.grade);
    clause.hidden = !(left.has(clause) || (fit && want.words.every((word) => said.get(clause).includes(word))));
  }
  for (const group of document.querySelectorAll(".group")) {
    group.hidden = Boolean((want.vendor && group.dataset.v !== want.vendor) || (group.matches(".grid") && want.layer && want.layer !== "matrix"));
  }
  const broken = document.getElementById("broken");
  if (broken) broken.hidden = !broken.querySelector(".row:not([hidden])");
  told.textContent = any ? `${shown.toLocaleString("en")} of ${counted.length.toLocaleString("en")} rows shown` : "";
}

function goTo() {
  const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!place) return;
  if (place.closest("[hidden]")) {
    form.reset();
    show();
  }
  for (let part = place; part; part = part.parentElement) if (part.localName === "details") part.open = true;
  place.scrollIntoView();
}

function offerToCopy(line) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  const text = line.textContent;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(line.querySelector("code"));
    }
  });
  line.prepend(button);
}

form.hidden = false;
form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(show));
addEventListener("hashchange", goTo);
addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.target.matches("input, select, textarea")) {
    event.preventDefault();
    form.elements.text.focus();
  }
});
document.querySelectorAll(".curl").forEach(offerToCopy);
show();
goTo();
