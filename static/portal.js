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
