"use strict";
// Shows what lies in the element #data. Texts of the graph are only ever set as textContent or drawn on the canvas.
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const element = (id) => document.getElementById(id);
  const PALETTE = ["#2f6fb3", "#c77d0a", "#1f8a83", "#b8456b", "#6a5acd", "#7a8b2a"];
  const OTHER = "#8795a5";
  const colours = new Map(data.types.slice(0, PALETTE.length).map((type, i) => [type, PALETTE[i]]));
  const colour = (node) => colours.get(node.types.find((type) => colours.has(type))) || OTHER;
  const number = (n) => n.toLocaleString("en");

  function make(tag, text, name) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (name) made.className = name;
    return made;
  }

  const few = data.few;
  const short = (text) => (text.length > 32 ? text.slice(0, 31) + "…" : text);

  const cy = cytoscape({
    container: element("graph"),
    elements: {
      nodes: data.nodes.map((node) => ({
        data: { id: node.id, label: short(node.label), colour: colour(node), size: node.size, row: node },
        position: { x: node.x, y: node.y },
      })),
      edges: data.edges.map((edge) => ({
        data: { id: edge.id, source: edge.source, target: edge.target, label: short(edge.relation), row: edge },
      })),
    },
    style: [
      { selector: "node", style: {
        "background-color": "data(colour)", width: "data(size)", height: "data(size)", label: "data(label)",
        "font-size": 12, "font-family": "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif", color: "#1f2933",
        "text-valign": "bottom", "text-margin-y": 4, "text-wrap": "wrap", "text-max-width": 120,
        "text-outline-color": "#f5f7fa", "text-outline-width": 2.5, "border-width": 2, "border-color": "#ffffff",
        "min-zoomed-font-size": 5 } },
      { selector: "edge", style: {
        width: 1.4, "line-color": "#bcc7d3", "target-arrow-color": "#bcc7d3", "target-arrow-shape": "triangle",
        "arrow-scale": 0.9, "curve-style": "bezier", label: few ? "data(label)" : "", "font-size": 10, color: "#647080",
        "text-rotation": "autorotate", "text-background-color": "#f5f7fa", "text-background-opacity": 0.9,
        "text-background-padding": 2, "min-zoomed-font-size": 7 } },
      { selector: "edge.inferred", style: { "line-style": "dashed" } },
      { selector: "node.focus", style: { "border-width": 4, "border-color": "#1f2933", "font-weight": "bold" } },
      { selector: ".faded", style: { opacity: 0.28 } },
      { selector: "node.chosen", style: { "border-width": 4, "border-color": "#1f2933" } },
      { selector: "edge.chosen", style: { "line-color": "#2f6fb3", "target-arrow-color": "#2f6fb3", width: 2.6,
        label: "data(label)", color: "#1f2933", "z-index": 9 } },
      { selector: "edge.near", style: { label: "data(label)" } },
      { selector: ".hidden", style: { display: "none" } },
    ],
    minZoom: 0.05,
    maxZoom: 4,
    layout: { name: "preset", fit: false },
  });
  cy.edges().filter((edge) => edge.data("row").status === "inferred").addClass("inferred");
  if (data.focus) cy.getElementById(data.focus).addClass("focus");

  function fit() { // into what is free beside the box on the left
    const box = cy.elements().not(".hidden").boundingBox(), left = window.innerWidth > 700 ? 278 : 0, edge = 24;
    const zoom = Math.min(1.25, (cy.width() - left - 2 * edge) / Math.max(1, box.w), (cy.height() - 2 * edge) / Math.max(1, box.h));
    cy.viewport({
      zoom: Math.max(zoom, cy.minZoom()),
      pan: {
        x: left + (cy.width() - left) / 2 - (zoom * (box.x1 + box.x2)) / 2,
        y: cy.height() / 2 - (zoom * (box.y1 + box.y2)) / 2,
      },
    });
  }
  fit();
  let moved = false;
  for (const kind of ["pointerdown", "wheel"]) element("graph").addEventListener(kind, () => { moved = true; }, { passive: true });
  cy.on("resize", () => { if (!moved) fit(); });

  // what is chosen
  const panel = element("panel"), details = element("details");

  function evidence(row) {
    const made = document.createDocumentFragment();
    const told = [row.status, row.confidence === null ? "" : "confidence " + row.confidence.toFixed(2)];
    if (told.some(Boolean)) made.append(make("p", told.filter(Boolean).join(", "), "muted"));
    if (row.reason) made.append(make("p", row.reason, "muted"));
    for (const quote of row.quotes) {
      const block = make("blockquote", "“" + quote.text + "”");
      block.append(make("footer", quote.place));
      made.append(block);
    }
    if (row.more) made.append(make("p", "… and " + number(row.more) + " more sentences", "muted"));
    return made;
  }

  function fact(edge, here) {
    const row = edge.data("row"), out = edge.source().id() === here.id();
    const other = (out ? edge.target() : edge.source()).data("row").label;
    const made = make("div", undefined, "fact link");
    made.append(make("span", (out ? "" : "← ") + row.relation + " ", "relation"), make("span", other));
    made.addEventListener("click", () => choose(edge));
    return made;
  }

  function link(node) {
    const made = make("span", node.data("row").label, "link");
    made.addEventListener("click", () => choose(node));
    return made;
  }

  function choose(target) {
    cy.elements().removeClass("chosen faded near");
    details.replaceChildren();
    panel.hidden = !target;
    if (!target) return;
    target.addClass("chosen");
    const row = target.data("row");
    if (target.isNode()) {
      const around = target.closedNeighborhood();
      cy.elements().not(around).addClass("faded");
      around.edges().addClass("near");
      details.append(make("h2", row.label), make("div", row.iri, "iri"));
      if (row.types.length) details.append(make("p", row.types.join(", "), "muted"));
      if (row.aliases.length) details.append(make("p", "also: " + row.aliases.join(", ")));
      const edges = target.connectedEdges().not(".hidden");
      if (edges.length) details.append(make("h3", "Facts shown here"));
      edges.forEach((edge) => details.append(fact(edge, target)));
      if (row.values.length) details.append(make("h3", "Values"));
      for (const value of row.values) {
        details.append(make("div", value.relation + ": " + value.value), evidence(value));
      }
    } else {
      cy.elements().not(target.union(target.connectedNodes())).addClass("faded");
      const title = make("h2");
      title.append(link(target.source()), make("span", " " + row.relation + " ", "relation"), link(target.target()));
      details.append(title, evidence(row));
      if (!row.quotes.length && !row.status) details.append(make("p", "The graph has no provenance for this fact.", "muted"));
    }
    panel.scrollTop = 0;
    const place = target.isNode() ? target.renderedPosition() : target.renderedMidpoint();
    if (place.x > panel.offsetLeft - 20) cy.panBy({ x: panel.offsetLeft - 60 - place.x, y: 0 }); // out from under the panel
  }
  cy.on("tap", "node, edge", (event) => choose(event.target));
  cy.on("tap", (event) => { if (event.target === cy) choose(null); });
  cy.on("mouseover", "edge", (event) => event.target.addClass("near"));
  cy.on("mouseout", "edge", (event) => { if (!few) event.target.removeClass("near"); });
  element("close").addEventListener("click", () => choose(null));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") choose(null); });

  // the box on the left
  element("title").textContent = data.title;
  const part = data.nodes.length < data.of_nodes ? " of " + number(data.of_nodes) : "";
  element("counts").textContent = number(data.nodes.length) + part + " entities, " + number(data.edges.length) + " facts";
  for (const [type, shade] of colours) {
    const item = make("li"), dot = make("span", undefined, "dot");
    dot.style.background = shade;
    item.append(dot, type);
    element("legend").append(item);
  }

  const folded = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const names = data.nodes.map((node) => [node, [node.label, ...node.aliases].map(folded)]);
  const found = element("found");
  function search() {
    const wanted = folded(element("search").value.trim());
    found.replaceChildren();
    if (!wanted) return;
    const hits = names.filter(([, all]) => all.some((name) => name.includes(wanted)));
    for (const [node] of hits.slice(0, 8)) {
      const item = make("li", node.label);
      item.addEventListener("click", () => go(node));
      found.append(item);
    }
    if (hits.length > 8) found.append(make("li", "… and " + number(hits.length - 8) + " more", "muted"));
    if (!hits.length) found.append(make("li", "nothing here has this name", "muted"));
  }
  function go(node) {
    const target = cy.getElementById(node.id);
    cy.animate({ center: { eles: target }, zoom: Math.max(cy.zoom(), 1) }, { duration: 250 });
    choose(target);
  }
  element("search").addEventListener("input", search);
  element("search").addEventListener("keydown", (event) => {
    const first = event.key === "Enter" && found.querySelector("li:not(.muted)");
    if (first) first.click();
  });

  const boxes = [];
  function filter() {
    const off = new Set(boxes.filter((box) => !box.checked).map((box) => box.value));
    cy.batch(() => {
      cy.edges().forEach((edge) => edge.toggleClass("hidden", off.has(edge.data("row").iri)));
      cy.nodes().forEach((node) => {
        const all = node.connectedEdges();
        node.toggleClass("hidden", all.length > 0 && all.every((edge) => edge.hasClass("hidden")) && node.id() !== data.focus);
      });
    });
  }
  for (const relation of data.relations) {
    const item = make("li"), label = make("label"), box = make("input");
    box.type = "checkbox";
    box.checked = true;
    box.value = relation.iri;
    box.addEventListener("change", filter);
    boxes.push(box);
    label.append(box, make("span", relation.label), make("span", number(relation.count), "muted"));
    item.append(label);
    element("relations").append(item);
  }
  element("filter").hidden = !boxes.length;
  for (const [id, checked] of [["all", true], ["none", false]]) {
    element(id).addEventListener("click", () => { for (const box of boxes) box.checked = checked; filter(); });
  }
  const zoom = (factor) => cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  element("in").addEventListener("click", () => zoom(1.3));
  element("out").addEventListener("click", () => zoom(1 / 1.3));
  element("fit").addEventListener("click", fit);

  // the address may name what is chosen: #NODE or #EDGE
  const named = cy.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named.length) choose(named);
  document.documentElement.dataset.ready = String(cy.elements().length);
})();
