// What is wrong with how the page looks, as sentences; none when nothing is.
(function () {
  var faults = [];
  var canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  function say(element, text) {
    faults.push(text + ": `" + element.textContent.trim().slice(0, 60) + "`");
  }

  // Red, green, blue and alpha of a CSS colour, from 0 to 1.
  function parsed(colour) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return Array.from(canvas.getImageData(0, 0, 1, 1).data).map(function (part) { return part / 255; });
  }

  // Source: WCAG 2.2, relative luminance and contrast ratio.
  function luminance(colour) {
    var linear = colour.slice(0, 3).map(function (part) {
      return part <= 0.04045 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4);
    });
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  }

  function contrast(a, b) {
    var lights = [luminance(a), luminance(b)].sort(function (x, y) { return y - x; });
    return (lights[0] + 0.05) / (lights[1] + 0.05);
  }

  function ground(element) {
    for (var at = element; at !== null; at = at.parentElement) {
      var colour = parsed(getComputedStyle(at).backgroundColor);
      if (colour[3] === 1) {
        return colour;
      }
    }
    return [1, 1, 1, 1];
  }

  function hasText(element) {
    return Array.from(element.childNodes).some(function (node) {
      return node.nodeType === 3 && node.textContent.trim() !== "";
    });
  }

  function shown(element) {
    return element.checkVisibility({ visibilityProperty: true });
  }

  // Contrast of every text, in charts against the chart's own ground.
  document.querySelectorAll("body *").forEach(function (element) {
    if (!shown(element) || !hasText(element) || element.closest("script, style, title, desc")) {
      return;
    }
    var svg = element.closest("svg");
    var style = getComputedStyle(element);
    var ink = parsed(svg ? style.fill : style.color);
    var behind = svg ? parsed(getComputedStyle(svg.querySelector("rect")).fill) : ground(element);
    var ratio = contrast(ink, behind);
    if (ratio < 4.5) {
      say(element, "contrast " + ratio.toFixed(2));
    }
  });

  // No text is wider than its box, but for boxes that scroll.
  var page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) {
    faults.push("the page is " + page.scrollWidth + " px wide in " + page.clientWidth);
  }
  document.querySelectorAll("body *").forEach(function (element) {
    if (!shown(element) || element.closest("svg") || element.closest(".scroll, pre") === element) {
      return;
    }
    if (hasText(element) && element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1) {
      say(element, element.tagName + " overflows by " + (element.scrollWidth - element.clientWidth));
    }
  });

  // Texts of the page do not lie on each other.
  var boxes = [];
  document.querySelectorAll("body *").forEach(function (element) {
    if (!shown(element) || !hasText(element) || element.closest("svg, script, style")) {
      return;
    }
    element.childNodes.forEach(function (node) {
      if (node.nodeType === 3 && node.textContent.trim() !== "") {
        var range = document.createRange();
        range.selectNodeContents(node);
        Array.from(range.getClientRects()).forEach(function (box) {
          var seen = clipped(element, box);
          if (seen !== null) {
            boxes.push({ element: element, box: seen });
          }
        });
      }
    });
  });
  overlaps(boxes, 2);

  // Labels of a chart neither lie on each other nor leave it.
  document.querySelectorAll("figure svg").forEach(function (svg) {
    var sheet = svg.getBoundingClientRect();
    var labels = Array.from(svg.querySelectorAll("text")).filter(shown).map(function (text) {
      return { element: text, box: text.getBoundingClientRect() };
    });
    labels.forEach(function (label) {
      if (label.box.left < sheet.left || label.box.right > sheet.right ||
          label.box.top < sheet.top || label.box.bottom > sheet.bottom) {
        say(label.element, "a label leaves its chart");
      }
    });
    // A text's box has the font's whole line; capitals and digits fill its middle 60%.
    overlaps(labels, 0.22 * (labels.length ? labels[labels.length - 1].box.height : 0));
  });

  // What boxes that scroll leave to be seen of a box; null where that is nothing.
  function clipped(element, box) {
    var seen = { left: box.left, top: box.top, right: box.right, bottom: box.bottom };
    for (var at = element; at !== null; at = at.parentElement) {
      if (at.matches(".scroll, pre")) {
        var frame = at.getBoundingClientRect();
        seen.left = Math.max(seen.left, frame.left);
        seen.top = Math.max(seen.top, frame.top);
        seen.right = Math.min(seen.right, frame.right);
        seen.bottom = Math.min(seen.bottom, frame.bottom);
      }
    }
    return seen.left >= seen.right || seen.top >= seen.bottom ? null : seen;
  }

  // So many px may boxes share above and below.
  function overlaps(items, slack) {
    items.sort(function (a, b) { return a.box.top - b.box.top; });
    items.forEach(function (one, index) {
      for (var next = index + 1; next < items.length; next += 1) {
        var other = items[next];
        if (other.box.top >= one.box.bottom - slack) {
          break;
        }
        var apart = one.box.right <= other.box.left + 0.5 || other.box.right <= one.box.left + 0.5 ||
          one.box.bottom - slack <= other.box.top + slack || one.element === other.element;
        if (!apart) {
          say(one.element, "lies on `" + other.element.textContent.trim().slice(0, 40) + "`");
        }
      }
    });
  }

  return faults;
})()
