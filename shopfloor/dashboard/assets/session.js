// The page of a session that is over empties itself: who finds the screen must not read on.
(function () {
  "use strict";
  const ASKED_EVERY = 60000; // so long after an admin has ended a session its pages may still stand
  const WARNED = 120000;
  const SPARED = 120000; // who has just clicked, and is told that she is out, can log in again and keep what she typed
  const JUST_NOW = 5000;
  let due = Infinity; // when the session is over, if nobody does anything
  let isAtMost = false; // then it is over whatever anybody does
  let asked = 0;
  let isAsked = false; // and not answered yet
  let touched = 0;
  let spared = Infinity;
  let whose = null;
  let warning = null;

  const hasSession = () => document.querySelector(".me form[action='/logout']") !== null;
  const here = () => window.location.pathname + window.location.search;
  const element = (tag, props, ...inside) => {
    const made = Object.assign(document.createElement(tag), props);
    made.append(...inside);
    return made;
  };

  // Nothing of the page stays, in its memory neither: the log-in takes its place, if the server answers.
  function empty(there) {
    document.title = "shopfloor";
    document.body.replaceChildren(
      element("main", { id: "main", className: "alone" },
        element("h1", { id: "answer", className: "answer" }, "You are logged out."),
        element("p", { className: "rests" }, "Your session is over, and this page is emptied."),
        element("p", { className: "acts" }, element("a", { className: "btn go", href: "/login" }, "Log in again"))));
    document.body.hidden = false;
    if (there) window.location.replace(there);
  }

  function over() {
    if (spared === Infinity || Date.now() >= spared) empty(`/login?over=1&next=${encodeURIComponent(here())}`);
  }

  function lasts({ account, unused, at_most: atMost }) {
    if (whose !== null && account !== whose) {
      empty(here()); // somebody else logged in meanwhile
      return;
    }
    whose = account;
    spared = Infinity;
    isAtMost = atMost <= unused;
    due = Date.now() + 1000 * Math.min(unused, atMost);
    look();
  }

  function hear(status, text) {
    if (status === 401 || (status === 200 && !text.startsWith("{"))) return over(); // a page is the log-in
    return status === 200 ? lasts(JSON.parse(text)) : unheard();
  }

  function unheard() {
    if (Date.now() >= due) empty(null);
  }

  // No fetch: a server that does not answer this is no trouble to be told.
  function ask(isUse) {
    asked = Date.now();
    isAsked = true;
    const request = new XMLHttpRequest();
    request.open("GET", isUse ? "/session?used" : "/session");
    request.timeout = 10000;
    request.onload = () => hear(request.status, request.responseText);
    request.onerror = request.ontimeout = unheard;
    request.onloadend = () => (isAsked = false);
    request.send();
  }

  function warn(isNear) {
    if (warning && !isNear) {
      warning.remove();
      warning = null;
    } else if (isNear && !warning) {
      const words = isAtMost
        ? "You have been logged in for as long as one can be. Within two minutes you are logged out and this page is emptied: save what you typed."
        : "Nobody has touched this page for long. Within two minutes you are logged out and it is emptied. Press a key or click to stay.";
      warning = element("div", { className: "note leaving no-print", role: "alert" }, words);
      document.body.append(warning);
    }
  }

  function look() {
    if (!hasSession()) return;
    const now = Date.now();
    const isDue = now >= due || now >= spared;
    const isBack = warning !== null && !isAtMost && touched > asked;
    const since = Math.abs(now - asked); // a clock that is set back hides no session that is over
    document.body.hidden = now >= due;
    if (!isAsked && (since >= ASKED_EVERY || isBack || (isDue && since >= 1000))) ask(touched > asked);
    warn(due - now <= WARNED);
  }

  function touch(event) {
    if (!event.isTrusted) return;
    touched = Date.now();
    if (warning) look();
  }

  for (const kind of ["keydown", "pointerdown", "wheel", "touchmove"]) {
    document.addEventListener(kind, touch, { capture: true, passive: true });
  }
  window.addEventListener("shopfloor-out", () => {
    if (spared === Infinity && Date.now() - touched < JUST_NOW) spared = Date.now() + SPARED;
  });
  window.addEventListener("pageshow", look);
  document.addEventListener("visibilitychange", look);
  window.setInterval(look, 1000);
})();
