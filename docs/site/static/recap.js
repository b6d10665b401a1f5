/* The questions at the end of a lesson: a choice is answered at once with its reason. Without this script the
   answers are folded below the questions. */
"use strict";

document.querySelectorAll(".ml-question").forEach((question, number) => {
  const [choices, folded] = [question.querySelector("ul"), question.querySelector("details")];
  const reasons = [...folded.querySelectorAll("li")];
  const said = document.createElement("p");
  [...choices.children].forEach((choice, k) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: `recap-${number}` });
    input.addEventListener("change", () => said.replaceChildren(...reasons[k].cloneNode(true).childNodes));
    label.append(input, " ", ...choice.childNodes);
    choice.append(label);
    choice.setAttribute("role", "none"); // no list, but a group of buttons
  });
  choices.className = "ml-choices";
  choices.setAttribute("role", "radiogroup");
  choices.setAttribute("aria-label", question.querySelector("p").textContent);
  said.setAttribute("role", "status");
  folded.replaceWith(said);
});
