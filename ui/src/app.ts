// The islands of commun's pages. Every page works without this file; it only makes some of them better alive.

import { followProgress } from "./progress";

// The error summary takes the focus when the page opens, so that a screen reader starts there.
const errors = document.querySelector<HTMLElement>("[data-focus]");
errors?.focus({ preventScroll: false });

document.querySelectorAll<HTMLElement>("[data-progress]").forEach(followProgress);
