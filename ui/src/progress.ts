// Follows a job over server-sent events. The events are "progress" with {done, total, status} and "end", after which the page is read again: what the
// job made is drawn by the server only.

interface State {
  done: number;
  total: number;
  status: string;
}

// A screen reader is told at most this often, in milliseconds: a status that changes ten times a second says nothing.
const quiet = 3000;

export function followProgress(box: HTMLElement): void {
  const address = box.dataset.progress;
  const status = box.querySelector<HTMLElement>("[data-status]");
  const spoken = box.querySelector<HTMLElement>("[data-spoken]");
  const bar = box.querySelector("progress");
  if (!address || !status) return;
  const events = new EventSource(address);
  let spokenAt = 0;
  let waiting: number | undefined;

  // The link to the newest state is for when there are no events: it goes once they come.
  events.addEventListener("open", () => {
    const reload = box.querySelector<HTMLElement>("[data-reload]");
    if (reload) reload.hidden = true;
  });

  events.addEventListener("progress", (e) => {
    const state = JSON.parse((e as MessageEvent<string>).data) as State;
    if (bar) {
      if (state.total > 0) {
        bar.max = state.total;
        bar.value = Math.min(state.done, state.total);
      } else {
        bar.removeAttribute("value");
      }
    }
    status.textContent = state.status;
    // What is read aloud is apart from what is seen, and changes less often.
    window.clearTimeout(waiting);
    const say = () => {
      spokenAt = Date.now();
      if (spoken) spoken.textContent = state.status;
    };
    const since = Date.now() - spokenAt;
    if (since >= quiet) say();
    else waiting = window.setTimeout(say, quiet - since);
  });

  events.addEventListener("end", () => {
    events.close();
    window.location.reload();
  });
}
