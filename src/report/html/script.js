
"use strict";
(function () {
  var svgSpace = "http://www.w3.org/2000/svg";
  var unitsPerPx = 10;

  function all(selector, root) {
    return Array.from((root || document).querySelectorAll(selector));
  }

  function element(name, text) {
    var made = document.createElement(name);
    made.textContent = text;
    return made;
  }

  function shape(svg, name, className) {
    var made = document.createElementNS(svgSpace, name);
    made.setAttribute("class", className);
    svg.appendChild(made);
    return made;
  }

  function place(made, attributes) {
    Object.keys(attributes).forEach(function (key) {
      made.setAttribute(key, attributes[key]);
    });
  }

  // Sorting: a button in each heading of a table that may be sorted.
  function sortable(table) {
    all("thead th", table).forEach(function (heading, column) {
      var button = element("button", heading.firstChild.textContent);
      button.type = "button";
      heading.replaceChild(button, heading.firstChild);
      button.addEventListener("click", function () {
        var falls = heading.getAttribute("aria-sort") === "ascending";
        all("thead th", table).forEach(function (other) {
          other.removeAttribute("aria-sort");
        });
        heading.setAttribute("aria-sort", falls ? "descending" : "ascending");
        all("tbody", table).forEach(function (body) {
          sort(body, column, falls);
        });
      });
    });
  }

  function sort(body, column, falls) {
    var rows = all("tr:not(.point)", body);
    var keyed = rows.map(function (row) {
      var cell = row.children[column];
      var number = cell.dataset.value;
      var missing = number === undefined ? cell.classList.contains("number") : false;
      var key = number === undefined ? cell.textContent : Number(number);
      return { row: row, key: key, missing: missing };
    });
    keyed.sort(function (a, b) {
      if (a.missing !== b.missing) {
        return a.missing ? 1 : -1;
      }
      var order = a.key === b.key ? 0 : (a.key > b.key ? 1 : -1);
      return falls ? -order : order;
    });
    keyed.forEach(function (item) {
      body.appendChild(item.row);
    });
  }

  // The plots over time of all charts, in the drawing's units.
  var plots = all("figure svg .plot").map(function (rect) {
    function number(name) {
      return Number(rect.getAttribute(name));
    }
    return {
      svg: rect.ownerSVGElement,
      left: number("x"),
      top: number("y"),
      right: number("x") + number("width"),
      bottom: number("y") + number("height"),
      start: number("data-start"),
      end: number("data-end"),
      line: null,
      veil: null
    };
  });

  // Hiding a policy: its rows and columns, and a veil over its panels.
  function head(plot, names) {
    var best = null;
    all("text", plot.svg).forEach(function (text) {
      var x = Number(text.getAttribute("x"));
      var y = Number(text.getAttribute("y"));
      if (Math.abs(x - plot.left) > 5 || y > plot.top || text.getAttribute("font-weight") !== "600") {
        return;
      }
      var said = text.textContent.trim().replace(/…$/, "");
      names.forEach(function (name, policy) {
        var matches = said.startsWith(name) || name.startsWith(said);
        if (!matches || said === "") {
          return;
        }
        var nearer = best === null || y > best.y;
        var longer = best !== null ? (y === best.y ? name.length > best.length : false) : false;
        if (nearer || longer) {
          best = { policy: policy, y: y, length: name.length };
        }
      });
    });
    return best;
  }

  function veil(plot, top, hidden) {
    if (plot.veil === null) {
      plot.veil = shape(plot.svg, "rect", "veil");
      place(plot.veil, {
        x: plot.left - 4 * unitsPerPx,
        y: top,
        width: plot.right - plot.left + 8 * unitsPerPx,
        height: plot.bottom - top
      });
    }
    plot.veil.classList.toggle("hidden", !hidden);
  }

  function choose() {
    var table = document.getElementById("figures");
    var names = [];
    all("tr[data-policy]", table).forEach(function (row) {
      names[Number(row.dataset.policy)] = row.firstElementChild.firstChild.textContent;
    });
    if (2 > names.length) {
      return;
    }
    plots.forEach(function (plot) {
      var found = head(plot, names);
      plot.policy = found === null ? -1 : found.policy;
      plot.headTop = found === null ? plot.top : Math.max(found.y - 12 * unitsPerPx, 0);
    });
    var tools = element("div", "Show");
    tools.className = "tools";
    names.forEach(function (name, policy) {
      var button = element("button", name);
      button.type = "button";
      button.className = document.querySelector("#figures [data-policy='" + policy + "'] th").className;
      button.setAttribute("aria-pressed", "true");
      button.addEventListener("click", function () {
        var hidden = button.getAttribute("aria-pressed") === "true";
        button.setAttribute("aria-pressed", hidden ? "false" : "true");
        all("main [data-policy='" + policy + "']").forEach(function (part) {
          part.classList.toggle("hidden", hidden);
        });
        plots.forEach(function (plot) {
          if (plot.policy === policy) {
            veil(plot, plot.headTop, hidden);
          }
        });
      });
      tools.appendChild(button);
    });
    var section = document.getElementById("key-figures");
    section.insertBefore(tools, section.querySelector(".scroll"));
  }

  // The time cursor: one instant in every plot.
  function clock(seconds) {
    // As m:ss these would all be the start.
    if (seconds > 0 ? 0.9995 > seconds : false) {
      return Number((seconds * 1000).toPrecision(3)) + " ms";
    }
    var whole = Math.round(seconds);
    function two(number) {
      return String(number).padStart(2, "0");
    }
    var hours = Math.floor(whole / 3600);
    var minutes = Math.floor(whole / 60) % 60;
    return hours > 0
      ? hours + ":" + two(minutes) + ":" + two(whole % 60)
      : minutes + ":" + two(whole % 60);
  }

  function x(plot, time) {
    return plot.left + (time - plot.start) / (plot.end - plot.start) * (plot.right - plot.left);
  }

  function show(time) {
    plots.forEach(function (plot) {
      if (plot.line === null) {
        plot.line = shape(plot.svg, "line", "cursor");
      }
      var outside = plot.start > time || time > plot.end;
      plot.line.classList.toggle("hidden", outside);
      if (!outside) {
        place(plot.line, { x1: x(plot, time), x2: x(plot, time), y1: plot.top, y2: plot.bottom });
      }
    });
  }

  function hide() {
    all(".cursor, .moment").forEach(function (part) {
      part.classList.add("hidden");
    });
  }

  function say(plot, time) {
    var label = plot.svg.querySelector(".moment") || shape(plot.svg, "text", "moment");
    label.textContent = clock(time);
    label.classList.remove("hidden");
    plot.svg.appendChild(label);
    var late = time > (plot.start + plot.end) / 2;
    place(label, {
      x: x(plot, time) + (late ? -60 : 60),
      y: plot.bottom - 60,
      "text-anchor": late ? "end" : "start"
    });
  }

  function follow(svg) {
    svg.addEventListener("pointermove", function (event) {
      var inverse = svg.getScreenCTM().inverse();
      var at = new DOMPoint(event.clientX, event.clientY).matrixTransform(inverse);
      var plot = plots.find(function (other) {
        return other.svg === svg ? inside(other, at) : false;
      });
      hide();
      if (plot !== undefined) {
        var share = (at.x - plot.left) / (plot.right - plot.left);
        var time = plot.start + share * (plot.end - plot.start);
        show(time);
        say(plot, time);
      }
    });
    svg.addEventListener("pointerleave", hide);
  }

  function inside(plot, at) {
    return [at.x >= plot.left, plot.right >= at.x, at.y >= plot.top, plot.bottom >= at.y].every(Boolean);
  }

  all("table.sortable").forEach(sortable);
  choose();
  new Set(plots.map(function (plot) { return plot.svg; })).forEach(follow);
})();
