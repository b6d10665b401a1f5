/* A panel of a lesson: sliders choose among recorded runs. What there is to choose and to draw comes with the
   page; without this script the picture shows the runs at the first place of the sliders. */
"use strict";

for (const script of document.querySelectorAll('script[data-alive="panel"]')) {
  const { alt: about, dots = [], letters, pale, sliders, x, rules } = JSON.parse(script.textContent);
  const place = script.previousElementSibling;
  const pictures = [...place.querySelectorAll("svg[role=img]")];
  const controls = document.createElement("div");
  const status = document.createElement("p");
  const hidden = new Set();
  let at = sliders.map((slider) => slider.at);
  let before = null; // where the sliders were when the hand took one
  let last = at;

  /* A rule hears some of the sliders; its runs are in the order of their places, the last one fastest. */
  const run = (rule, at) =>
    rule.runs[rule.sliders.reduce((k, s) => k * sliders[s].values.length + at[s], 0)];

  /* Two letters are a height, from a frame above the plot to one below. */
  const places = (line, parts, frame) => {
    const [width, height] = ["width", "height"].map((name) => Number(frame.getAttribute(name)));
    const points = [];
    for (let k = 0; 2 * k < line.length; k++) {
      const [first, second] = [line[2 * k], line[2 * k + 1]].map((letter) => letters.indexOf(letter));
      if (first < 0) continue;
      const part = (3 * (first * letters.length + second)) / (letters.length ** 2 - 1) - 1;
      points.push([(parts[k] * width).toFixed(1), (part * height).toFixed(1)]);
    }
    return points;
  };

  const path = (line, parts, frame, look, colour) => {
    const points = places(line, parts, frame);
    if (!points.length) return "";
    const out = points.find(([, y]) => y < 0); // the line has left the plot at its top
    const mark = out ? `<path d="M${out[0]},1l5,9h-10z" fill="${colour}"/>` : "";
    return `<path d="M${points.join("L")}" ${look}/>${mark}`;
  };

  /* The range over the seeds, and a dot where it was measured. */
  const spread = (run, k, parts, frame, colour, dotted) => {
    if (!run.low) return "";
    const [low, high, line] = [run.low, run.high, run.lines].map((all) => places(all[k], parts, frame));
    const band = `<path d="M${[...high, ...low.reverse()].join("L")}Z" fill="${colour}" fill-opacity="0.18"/>`;
    const dots = dotted ? line.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`) : [];
    return (line.length ? band : "") + dots.join("");
  };

  const draw = () => {
    const shown = rules.filter((rule) => !hidden.has(rule));
    const runs = shown.map((rule) => run(rule, at));
    const troubles = runs.map((one) => one.trouble).filter(Boolean);
    const alt = [about, ...runs.map((one) => one.said), ...troubles].join(" ");
    for (const picture of pictures) {
      picture.setAttribute("aria-label", alt);
      [...picture.querySelectorAll("svg")].slice(-x.length).forEach((frame, k) => {
        const ghosts = before ? shown.map((r) => path(run(r, before).lines[k], x[k], frame, pale, "none")) : [];
        const now = shown.map((r, i) => path(runs[i].lines[k], x[k], frame, r.stroke, r.colour));
        const around = shown.map((r, i) => spread(runs[i], k, x[k], frame, r.colour, dots[rules.indexOf(r)]));
        frame.innerHTML = [...ghosts, ...around, ...now].join("");
      });
    }
    status.textContent = [...runs.map((one) => one.short), ...troubles].join(" ");
  };

  const inputs = sliders.map((slider, k) => {
    const label = document.createElement("label");
    const words = document.createElement("span");
    const input = document.createElement("input");
    const say = () => {
      const value = slider.values[input.value];
      words.textContent = `${slider.label}: ${value}`;
      input.setAttribute("aria-label", slider.label);
      input.setAttribute("aria-valuetext", value);
    };
    Object.assign(input, { type: "range", min: 0, max: slider.values.length - 1, step: 1 });
    input.value = slider.at;
    input.addEventListener("input", () => {
      before = last;
      at = at.with(k, Number(input.value));
      say();
      draw();
    });
    input.addEventListener("change", () => (last = at));
    say();
    label.append(words, input);
    controls.append(label);
    return [input, say];
  });

  const ticks = document.createElement("div");
  for (const rule of rules) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", checked: true });
    box.addEventListener("change", () => {
      hidden[box.checked ? "delete" : "add"](rule);
      draw();
    });
    label.append(box, ` ${rule.title}`);
    ticks.append(label);
  }
  const reset = document.createElement("button");
  Object.assign(reset, { type: "button", textContent: "Reset" });
  reset.addEventListener("click", () => {
    [at, before] = [sliders.map((slider) => slider.at), at];
    inputs.forEach(([input, say], k) => {
      input.value = at[k];
      say();
    });
    last = at;
    draw();
  });
  ticks.append(reset);

  controls.className = "ml-sliders";
  ticks.className = "ml-ticks";
  status.setAttribute("role", "status");
  place.prepend(controls, ticks, status);
  draw();
}
