// Comfort only: every page works without this file. No text of a memory is ever read as HTML here.
"use strict";

document.documentElement.classList.add("js");

// -- the colours change at once, and the server keeps the choice --

for (const form of document.querySelectorAll("form.theme")) {
  form.addEventListener("submit", (event) => {
    const wanted = event.submitter && event.submitter.value;
    if (!wanted) return;
    event.preventDefault();
    const told = new URLSearchParams(new FormData(form));
    told.set("theme", wanted);
    document.documentElement.dataset.theme = wanted;
    const other = form.querySelector(wanted === "dark" ? ".to-light" : ".to-dark");
    if (other) other.focus();
    fetch(form.action, { method: "POST", body: told, redirect: "manual" }).catch(() => {});
  });
}

// -- the slider of time --

const DAY = 24 * 3600 * 1000;

for (const form of document.querySelectorAll("form[data-asof]")) {
  const slide = form.querySelector(".slide");
  const day = form.querySelector("input[type=date]");
  const where = form.querySelector(".where");
  const first = Date.parse(slide.dataset.first + "T00:00:00Z");
  const send = () => {
    day.disabled = !day.value;
    form.requestSubmit();
  };
  slide.addEventListener("input", () => {
    const now = slide.value === slide.max;
    day.value = now ? "" : new Date(first + slide.value * DAY).toISOString().slice(0, 10);
    const said = now ? "now" : new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(first + slide.value * DAY);
    where.textContent = said;
    slide.setAttribute("aria-valuetext", said);
  });
  slide.addEventListener("change", send);
  day.addEventListener("change", () => {
    if (!day.value || day.validity.valid) send();
  });
}

// -- what waits to be forgotten --

function isEditing() {
  return [...document.querySelectorAll("form.edit input:not([type=hidden])")].some((input) => input.value !== input.defaultValue);
}

function tell(text) {
  const line = document.createElement("p");
  line.textContent = text;
  const note = document.createElement("div");
  note.className = "note told";
  note.append(line);
  document.getElementById("told").append(note);
}

async function forgetNow(box, form) {
  const item = box.dataset.item;
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  } catch {
    tell("The server did not answer. Nothing may have been forgotten; load the page again to see.");
    return;
  }
  if (answer.ok && !isEditing()) {
    window.location.replace(answer.url);
    return;
  }
  box.remove();
  if (answer.ok) {
    for (const shown of document.querySelectorAll("[data-id]")) if (shown.dataset.id === item) shown.remove();
    tell("Done. Load the page again to see the memory as it is now.");
  } else {
    tell("This could not be done. Load the page again to see what waits.");
  }
}

for (const box of document.querySelectorAll("[data-wish]")) {
  const form = box.querySelector("form[data-now]");
  const count = box.querySelector("[data-count]");
  const button = form.querySelector("button");
  const due = performance.now() + Number(box.dataset.seconds) * 1000 + 250;
  button.hidden = true;
  box.querySelector(".when-due").hidden = true;
  const stop = setInterval(() => {
    const left = Math.ceil((due - performance.now()) / 1000);
    if (left > 0) {
      if (count) count.textContent = String(left);
      return;
    }
    clearInterval(stop);
    for (const other of box.querySelectorAll("button")) other.disabled = true;
    forgetNow(box, form);
  }, 200);
  // A page that is left takes its clock with it: nothing is forgotten unless a page of the inspector is open.
  window.addEventListener("pagehide", () => clearInterval(stop));
}

// -- keyboard --

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  } else if (/^[1-6]$/.test(event.key)) {
    const link = document.querySelectorAll(".pages a")[Number(event.key) - 1];
    if (link) link.click();
  }
});

// A page that the browser kept and shows again has an old clock and old forms.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});
