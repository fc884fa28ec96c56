// Comfort only: every page works without it.
"use strict";

for (const hidden of document.querySelectorAll(".scripted")) hidden.hidden = false;

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}

// "/" goes to the search, unless somebody is typing.
document.addEventListener("keydown", (event) => {
  const search = document.getElementById("q");
  const typing = event.target.closest("input, textarea, select");
  if (event.key !== "/" || !search || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  search.focus();
});

// A page that waits for an answer asks again, and moves on when the portal sends it elsewhere.
const waiting = document.querySelector("[data-ask-again]");
if (waiting) {
  const seconds = Number(waiting.dataset.askAgain);
  const ask = async () => {
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (answer.redirected) return location.replace(answer.url);
    } catch {
      // No connection just now: ask again.
    }
    setTimeout(ask, seconds * 1000);
  };
  setTimeout(ask, seconds * 1000);
}

// A page that is watched loads itself again.
const watched = document.querySelector("[data-look-again]");
if (watched) setTimeout(() => location.reload(), Number(watched.dataset.lookAgain) * 1000);

// Before a session ends: whoever is typing is kept; whoever is not is asked, and one key keeps them.
// When it has ended, what is on the page is hidden, and comes back to whoever signed in again.
const ending = document.querySelector("[data-ends-in]");
if (ending) {
  const [soon, over] = ending.children;
  const main = document.getElementById("main");
  const lasts = Number(ending.dataset.endsIn) * 1000;
  const warning = 120000;
  let ends, touched, before, asking;

  const begin = () => {
    ends = Date.now() + lasts;
    soon.hidden = over.hidden = true;
    main.hidden = false;
    if (before) before.focus();
    before = null;
  };
  const show = (notice) => {
    before = before || document.activeElement;
    notice.hidden = false;
    notice.querySelector("button").focus();
  };
  const keep = async () => {
    if (asking) return;
    asking = true;
    try {
      const form = soon.querySelector("form");
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      if (answer.ok) begin();
    } catch {
      // No connection just now: the notice stays.
    }
    asking = false;
  };
  const say = (why) => {
    for (const words of over.querySelectorAll("[data-why]")) words.hidden = words.dataset.why !== why;
  };
  // Whether the same person is back; then the forms get the token of their new session.
  const goOn = async () => {
    say("");
    try {
      const answer = await fetch(ending.dataset.asks, { credentials: "same-origin" });
      const back = answer.ok ? await answer.json() : null;
      if (!back) return say("nobody");
      if (back.reader !== ending.dataset.holder) return say("another");
      for (const field of document.getElementsByName("csrf_token")) field.value = back.csrf_token;
      begin();
    } catch {
      say("unreached");
    }
  };
  const look = () => {
    const left = ends - Date.now();
    if (left <= 0 && over.hidden) {
      main.hidden = soon.hidden = true;
      show(over);
    } else if (left > 0 && left <= warning && soon.hidden) {
      if (Date.now() - touched < warning) keep();
      else show(soon);
    }
  };

  document.addEventListener("input", () => (touched = Date.now()));
  soon.addEventListener("submit", (event) => {
    event.preventDefault();
    keep();
  });
  over.querySelector("button").addEventListener("click", goOn);
  begin();
  setInterval(look, 5000);
}
