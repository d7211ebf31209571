// The way through a script on the phone and in the preview: the same as field/script.py on the server
// (tests/field/test_script.py). Scripts come checked from there; here they are walked alone. No imports.

export const END = "end", JOINED = ";";

/** A text in a language, or in the script's first. */
export function said(script, texts, language) {
  return texts[language] || texts[script.languages[0]] || "";
}

function goesOn(question, chosen) {
  const branch = question.answers.find((one) => chosen.includes(one.answer) && one.next);
  const after = (branch && branch.next) || question.next;
  return after === END ? null : after;
}

export function questionOf(script, id) {
  return script.questions.find((one) => one.id === id);
}

/**
 * The questions on the way that the given answers take, the one to put next last, if there is one.
 * @param {object} script
 * @param {Map<string, string[]>} given question id -> answers chosen; [] where it was put and not answered
 * @returns {string[]}
 */
export function asked(script, given) {
  const way = [];
  for (let at = script.start; at !== null; at = goesOn(questionOf(script, at), given.get(at))) {
    way.push(at);
    if (!given.has(at)) break;
  }
  return way;
}

/** The question to put next; null when it is time for the closing words. */
export function nextQuestion(script, given) {
  const last = asked(script, given).at(-1);
  return last === undefined || given.has(last) ? null : last;
}

/**
 * What the given answers come to, as the values of events of kind "answer", in the order of the way.
 * @returns {{id: string, of: string, question: string, answer: string}[]}
 */
export function recorded(script, given) {
  return asked(script, given).flatMap((id) => {
    const question = questionOf(script, id), taken = given.get(id) || [];
    const chosen = question.answers.map((one) => one.answer).filter((one) => taken.includes(one));
    if (!chosen.length) return [];
    const answer = question.kind === "many" ? chosen.join(JOINED) : chosen[0];
    return [{ id, of: question.of, question: question.code, answer }];
  });
}

/** How many questions the shortest and the longest way from here have: [least, most]. */
export function left(script, given) {
  const known = new Map();
  const from = (id) => {
    if (id === null) return [0, 0];
    if (!known.has(id)) {
      const question = questionOf(script, id);
      const ways = [goesOn(question, []), ...question.answers.map((one) => goesOn(question, [one.answer]))];
      const after = [...new Set(ways)].map(from);
      known.set(id, [1 + Math.min(...after.map((one) => one[0])), 1 + Math.max(...after.map((one) => one[1]))]);
    }
    return known.get(id);
  };
  return from(nextQuestion(script, given));
}
