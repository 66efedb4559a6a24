// A session that is over: said on the page, with the way to log in again.
(function () {
  "use strict";
  const ask = window.fetch.bind(window);
  window.fetch = async (...request) => {
    const response = await ask(...request);
    const there = response.status === 401 && response.headers.get("x-log-in");
    if (there === "/login") {
      window.dispatchEvent(new Event("shopfloor-out"));
      const next = encodeURIComponent(window.location.pathname + window.location.search);
      const props = { href: `${there}?next=${next}`, target: "_blank", rel: "noopener", children: "Log in again in a new window" };
      const link = { namespace: "dash_html_components", type: "A", props };
      const words = ["You are not logged in any more. ", link, " within two minutes, then go on here: what you typed is still on this page until then."];
      window.dash_clientside?.set_props?.("trouble", { children: words });
    }
    return response;
  };
})();
