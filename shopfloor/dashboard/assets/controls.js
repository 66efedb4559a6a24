// Native controls where Dash's own are not usable by everybody, cells of tables, and trouble said in words.
(function () {
  "use strict";
  const h = (...parts) => window.React.createElement(...parts);
  const domId = (id) => (id && typeof id === "object" ? window.dash_component_api.stringifyId(id) : id);
  const WORDS = { 1: "leads for us", 2: "for us", 3: "undecided", 4: "leaning no", 5: "against us" };

  // One of several (radios) or any of them (checks), all of them native.
  function Choices({ id, options, value, several, className, setProps }) {
    const name = domId(id);
    const chosen = several ? value || [] : [value];
    const toggled = (one) => (chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one]);
    const item = (one) =>
      h("label", { key: String(one.value) },
        h("input", {
          type: several ? "checkbox" : "radio",
          name,
          value: String(one.value),
          checked: chosen.includes(one.value),
          onChange: () => setProps({ value: several ? toggled(one.value) : one.value }),
        }),
        h("span", null, one.label));
    return h("div", { id: name, className }, (options || []).map(item));
  }

  // A native field. What is typed is told after `delay` ms without a key, at once by Enter.
  function Field({ id, type, value, list, min, max, step, delay, disabled, className, setProps, n_submit: submits }) {
    const React = window.React;
    const [text, setText] = React.useState(value ?? "");
    const told = React.useRef(value ?? "");
    const timer = React.useRef(null);
    React.useEffect(() => {
      if ((value ?? "") === told.current) return;
      told.current = value ?? "";
      setText(told.current);
    }, [value]);
    React.useEffect(() => () => clearTimeout(timer.current), []);
    const tell = (now, more) => {
      clearTimeout(timer.current);
      told.current = now;
      setProps({ value: now, ...more });
    };
    const onChange = (event) => {
      const now = event.target.value;
      setText(now);
      clearTimeout(timer.current);
      if (delay) timer.current = setTimeout(() => tell(now), delay);
      else tell(now);
    };
    const onKeyDown = (event) => {
      if (event.key === "Enter" && type !== "textarea") tell(text, { n_submit: (submits || 0) + 1 });
    };
    const props = { id: domId(id), className, value: text, onChange, onKeyDown, disabled };
    // A browser writes what is typed to its session files on disk, but for a form that says it must not.
    if (type === "textarea")
      return h("form", { autoComplete: "off", style: { display: "contents" } }, h("textarea", { ...props, rows: 3 }));
    return h("input", { ...props, type: type || "text", list, min, max, step, autoComplete: "off" });
  }

  const read = (file) =>
    new Promise((done, failed) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result);
      reader.onerror = () => failed(reader.error);
      reader.readAsDataURL(file);
    });

  // Files chosen or dropped; what is larger than `most` bytes together is not even read.
  function Files({ id, label, most, tooMuch, className, setProps }) {
    const React = window.React;
    const [isOver, setOver] = React.useState(false);
    async function take(list) {
      const files = [...list];
      if (!files.length) return;
      if (files.reduce((sum, file) => sum + file.size, 0) > most) return tell(tooMuch);
      try {
        const contents = await Promise.all(files.map(read));
        setProps({ contents, filename: files.map((file) => file.name) });
      } catch {
        tell("A file could not be read. Drop it again.");
      }
    }
    const over = (is) => (event) => {
      event.preventDefault();
      setOver(is);
    };
    const drop = (event) => {
      over(false)(event);
      take(event.dataTransfer.files);
    };
    const choose = (event) => {
      take(event.target.files);
      event.target.value = "";
    };
    return h("label", { className: `${className} ${isOver ? "is-over" : ""}`, onDragOver: over(true), onDragLeave: over(false), onDrop: drop },
      label,
      h("input", { id: domId(id), type: "file", multiple: true, accept: ".csv,.tsv,.txt,.xlsx", onChange: choose }));
  }

  window.shopfloor_controls = {
    Choices,
    Field,
    Files,
    Select({ id, options, value, label, className, setProps }) {
      const choose = (event) => setProps({ value: event.target.value });
      const given = (options || []).map((one) => h("option", { key: one.value, value: one.value }, one.label));
      return h("select", { id: domId(id), className, value: value ?? "", onChange: choose, "aria-label": label }, given);
    },
    Title({ text }) {
      window.React.useEffect(() => {
        document.title = text;
      }, [text]);
      return null;
    },
    Theme({ id, options, cookie }) {
      const root = document.documentElement.dataset;
      const [theme, setTheme] = window.React.useState(root.theme || "");
      const choose = (event) => {
        const now = event.target.value;
        if (now) root.theme = now;
        else delete root.theme;
        const bound = cookie.startsWith("__Host-") ? "; secure" : "";
        document.cookie = `${cookie}=${now}; path=/; samesite=strict${bound}; max-age=${now ? 31536000 : 0}`;
        setTheme(now);
      };
      const given = options.map((one) => h("option", { key: one.value, value: one.value }, one.label));
      return h("select", { id, className: "field", value: theme, onChange: choose, "aria-label": "Light or dark" }, given);
    },
    Suggestions({ id, options }) {
      return h("datalist", { id: domId(id) }, (options || []).map((one) => h("option", { key: one, value: one })));
    },
  };

  // A link inside a table goes the way Dash's own links go: no page load.
  function go(event, href) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    window.history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  }

  const order = new Intl.Collator(undefined, { numeric: true });
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  functions.byNumber = (one, other) => order.compare(one ?? "", other ?? "");

  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  cells.Chip = ({ value }) =>
    value
      ? h("span", { className: `chip a${value}`, title: WORDS[value] }, h("span", { className: "vh" }, "assessed "), String(value))
      : h("span", { className: "chip a0", role: "img", title: "not assessed", "aria-label": "not assessed" });
  cells.PersonLink = ({ value, data }) => {
    const href = `/person/${encodeURIComponent(data.id)}`;
    const link = h("a", { href, onClick: (event) => go(event, href) }, value);
    return data.sub ? h("span", { className: "two-lines" }, link, h("span", { className: "sub" }, data.sub)) : link;
  };
  cells.InkBar = ({ value, most, data, said }) =>
    h("span", { className: "ink-cell" },
      h("span", { className: "ink-track", "aria-hidden": "true" }, h("span", { className: "ink-bar", style: { width: `${(100 * value) / (most || 1)}%` } })),
      h("span", { className: "num" }, said ? data[said] : String(value)));

  // A refused or lost request is said on the page; nothing that was typed is lost by it.
  const tell = (text) => window.dash_clientside?.set_props?.("trouble", { children: text });
  const ask = window.fetch.bind(window);
  async function inWords(response) {
    const isPlain = (response.headers.get("content-type") || "").startsWith("text/plain");
    return isPlain ? response.clone().text() : "That did not work. Nothing has changed.";
  }
  window.fetch = async (...request) => {
    let response;
    try {
      response = await ask(...request);
    } catch (error) {
      tell("The program does not answer. What you typed is still on this page and is not saved: keep the page open and start the program again.");
      throw error;
    }
    if (response.status >= 400) {
      const words = await inWords(response);
      tell(words);
      response.text = () => Promise.resolve(words); // Dash reads a refusal twice, and a body can be read once
    }
    return response;
  };

  // What a choice on a phone opens: the button before it says so.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".sheet-button");
    if (button) button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") !== "true"));
  });

  // On paper a table has no window to scroll in: its rows as they are sorted now, unless they are a book.
  const MOST_PRINTED = 800;
  const element = (tag, props, ...inside) => {
    const made = Object.assign(document.createElement(tag), props);
    made.append(...inside);
    return made;
  };
  function printedCell(api, column, node) {
    const { cellRenderer, cellRendererParams, field, type } = column.getColDef();
    const value = api.getCellValue({ rowNode: node, colKey: column, useFormatter: true });
    const look = { className: type === "numericColumn" ? "num" : "" };
    if (cellRenderer === "Chip") return element("td", look, element("span", { className: `chip a${value || 0}` }, String(value || "")));
    if (cellRenderer === "InkBar") return element("td", look, String(node.data[cellRendererParams?.said] ?? value ?? ""));
    const sub = field === "name" && node.data.sub ? [element("span", { className: "sub" }, node.data.sub)] : [];
    return element("td", look, String(value ?? ""), ...sub);
  }
  function printedTable(api) {
    const columns = api.getAllDisplayedColumns();
    const heads = columns.map((column) => element("th", { className: column.getColDef().type === "numericColumn" ? "num" : "" }, column.getColDef().headerName ?? ""));
    const body = element("tbody", {});
    const count = api.getDisplayedRowCount();
    for (let i = 0; i < Math.min(count, MOST_PRINTED); i += 1) {
      const node = api.getDisplayedRowAtIndex(i);
      body.append(element("tr", {}, ...columns.map((column) => printedCell(api, column, node))));
    }
    const rest = count > MOST_PRINTED ? [element("p", { className: "small" }, `${count - MOST_PRINTED} more are not printed. Narrow the list to print them.`)] : [];
    return element("div", { className: "only-print" }, element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body), ...rest);
  }
  const clearPrinted = () => document.querySelectorAll(".only-print").forEach((table) => table.remove());
  window.addEventListener("beforeprint", () => {
    clearPrinted();
    document.querySelectorAll("[id$=-grid]").forEach((grid) => {
      const api = window.dash_ag_grid?.getApi?.(grid.id);
      if (api) grid.after(printedTable(api));
    });
  });
  window.addEventListener("afterprint", clearPrinted);

  // A filter that is open over the page closes by a click elsewhere and by Esc.
  const closeBoxes = (but) =>
    document.querySelectorAll("details.filter-box[open]").forEach((box) => but && box.contains(but) ? null : box.removeAttribute("open"));
  document.addEventListener("click", (event) => closeBoxes(event.target));
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeBoxes(null));

  // "/" goes to the search of the page.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector("input[type=search]");
    if (!field) return;
    event.preventDefault();
    field.focus();
  });
})();
