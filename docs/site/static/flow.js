/* The flow of signals: buttons for its stages, a menu of what carries the error, and one of synapses. A rule
   is the name of one in SIGNALS, which all lessons share, or comes with the page. Without these scripts
   three pictures stand beside each other. */
"use strict";

for (const script of document.querySelectorAll('script[data-alive="flow"]')) {
  const { stages, synapses, pictures } = SIGNALS;
  const { rules: own, first } = JSON.parse(script.textContent);
  const rules = own.map((rule) => SIGNALS.rules[rule] ?? rule);
  const place = script.previousElementSibling;
  const frames = place.querySelector(".ml-frames");
  const picture = document.createElement("div");
  const facts = document.createElement("div");
  const status = document.createElement("p");
  let stage = 0;

  const menu = (words, names, at) => {
    const label = document.createElement("label");
    const select = document.createElement("select");
    select.append(...names.map((name) => new Option(name)));
    select.selectedIndex = at;
    select.addEventListener("change", () => draw());
    label.append(words, select);
    return [label, select];
  };
  const [carriers, carrier] = menu("Carried by ", rules.map((rule) => rule.name), first);
  const [places, synapse] = menu("Synapse ", synapses.map((one) => one.name), 0);

  const draw = () => {
    const rule = rules[carrier.selectedIndex];
    const drawn = rule.pictures[stage];
    picture.innerHTML = pictures[drawn] ?? drawn;
    picture.firstChild.insertAdjacentHTML("beforeend", synapses[synapse.selectedIndex].halo);
    status.textContent = picture.firstChild.getAttribute("aria-label");
    const open = facts.querySelector("details")?.open;
    facts.innerHTML = rule.needed[synapse.selectedIndex] + rule.asked;
    facts.querySelector("details").open = open;
    buttons.forEach((button, k) => button.setAttribute("aria-pressed", k === stage));
  };

  const buttons = stages.map((words, k) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: `${k + 1}. ${words}` });
    button.addEventListener("click", () => {
      stage = k;
      draw();
    });
    return button;
  });
  const steps = document.createElement("div");
  const shown = document.createElement("div");
  steps.className = "ml-ticks";
  shown.className = "ml-flow";
  status.setAttribute("role", "status");
  steps.append(...buttons);
  shown.append(picture, facts);
  frames.hidden = true;
  place.prepend(carriers, places, steps, status, shown);
  draw();
}
