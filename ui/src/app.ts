// The islands of commun's pages. Every page works without this file; it only makes some of them better alive.

import { followProgress } from "./progress";

// What a page answers first (its errors, what was saved) takes the focus when it opens, so that a screen reader starts there.
const first = document.querySelector<HTMLElement>("[data-focus]");
first?.focus({ preventScroll: false });

// A jump from the error summary gives the control the focus, as any link to it; then the whole field is shown: its label, hint and error stand above.
document.querySelectorAll<HTMLAnchorElement>(".error-summary a").forEach((a) =>
  a.addEventListener("click", () => {
    const field = document.getElementById(decodeURIComponent(a.hash.slice(1)))?.closest(".field");
    window.setTimeout(() => field?.scrollIntoView(), 0);
  }),
);

// How many were found is said once the page has loaded, unless the focus is on that sentence: a live region says only what changes in it.
const announced = 400; // milliseconds: screen readers take a new page in first
document.querySelectorAll<HTMLElement>("[data-announce]").forEach((box) => {
  if (!window.location.search) return;
  window.setTimeout(() => {
    if (!document.activeElement?.matches("h1")) box.textContent = box.dataset.announce ?? "";
  }, announced);
});

document.querySelectorAll<HTMLElement>("[data-progress]").forEach(followProgress);
