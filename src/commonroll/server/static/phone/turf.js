// The turf while it is open: the bundle, and what was recorded of each household here and by others.
// What counts is folded anew for one household at a time, so that a tap costs the same at the first door and the last.
export const SIGNS = { talked: "✓", not_home: "–", refused: "×", dangerous: "!", busy: "↻", inaccessible: "⊘", vacant: "∅",
  language: "¿", moved: "→", deceased: "†", optout: "⊗" };
const NAMED = ["first_name", "middle_name", "last_name", "suffix", "preferred_name"];
export const BUILDING_FROM = 5;

export class Turf {
  constructor(bundle, events = []) {
    this.bundle = bundle;
    this.households = new Map(bundle.households.map((household) => [household.id, household]));
    this.stops = new Map(bundle.stops.map((stop) => [stop.id, stop]));
    this.stopOf = new Map(bundle.stops.flatMap((stop) => stop.households.map((id) => [id, stop.id])));
    this.dropped = new Set(bundle.drop ?? []);
    this.left = new Map();
    this.hidden = new Set();
    this.withholds = 0;
    this.route = [...bundle.order];
    this.events = new Map();
    this.undone = new Set();
    this.others = new Map();
    this.notes = new Map();
    this.folded = new Map();
    this.add(events);
  }

  /** Takes events of this phone in; says which households they touch. */
  add(events) {
    const touched = new Set();
    for (const event of events) {
      if (event.kind === "undo") this.undone.add(event.replaces);
      const list = this.events.get(event.household) ?? [];
      if (!list.length) this.events.set(event.household, list);
      if (!list.some((known) => known.id === event.id)) list.push(event);
      if (event.kind === "building_note") this.note(event.stop, event);
      touched.add(event.household);
    }
    for (const household of touched) this.folded.delete(household);
    return touched;
  }

  /** Events that do not count any more. */
  forget(ids) {
    const touched = new Set();
    for (const [household, list] of this.events) {
      const left = list.filter((event) => !ids.has(event.id));
      if (left.length === list.length) continue;
      this.events.set(household, left);
      this.folded.delete(household);
      touched.add(household);
    }
    for (const [stop, list] of this.notes) this.notes.set(stop, list.filter((event) => !ids.has(event.id)));
    return touched;
  }

  /** Takes what others recorded in; the same again changes nothing. */
  hear(events) {
    const touched = new Set();
    for (const event of events) {
      if (!this.households.has(event.household)) continue;
      const list = this.others.get(event.household) ?? [];
      if (list.some((known) => known.id === event.id)) continue;
      if (event.kind === "undo") this.undone.add(event.replaces);
      if (event.kind === "building_note") this.note(this.stopOf.get(event.household), event);
      this.others.set(event.household, [...list, event]);
      this.folded.delete(event.household);
      touched.add(event.household);
    }
    return touched;
  }

  note(stop, event) {
    this.notes.set(stop, [...this.notes.get(stop) ?? [], event]);
  }

  /** Hides what the server says: doors at which nobody rings any more, persons whom nobody asks for, notes that a lead
   * took out; these and no others. Says which households that touches. */
  withhold({ drop = [], leave = {}, hide = [] }) {
    const before = new Set([...this.dropped, ...this.left.keys()]);
    this.dropped = new Set([...this.bundle.drop ?? [], ...drop]);
    this.left = new Map(Object.entries(leave).map(([household, people]) => [household, new Set(people)]));
    this.hidden = new Set(hide);
    for (const [id, people] of this.left)
      if (this.households.get(id)?.people.every((person) => people.has(person.id))) this.dropped.add(id);
    this.withholds += 1;
    const touched = [...before, ...this.dropped, ...this.left.keys()].filter((id) => this.households.has(id));
    for (const id of touched) this.folded.delete(id);
    return touched;
  }

  /** Whether somebody lives there who is not to be asked for. */
  spares(id) {
    return this.left.has(id);
  }

  /** Own events of a household that nothing took back, in their order. */
  standing(household) {
    return (this.events.get(household) ?? []).filter((event) => event.kind !== "undo" && !this.undone.has(event.id));
  }

  standingOfOthers(household) {
    return (this.others.get(household) ?? []).filter((event) => !this.undone.has(event.id));
  }

  /** {result, at, by, people, notes, closed}: what is known of a household now. */
  of(id) {
    if (!this.folded.has(id)) this.folded.set(id, fold(this.asked(id), this.standing(id), this.standingOfOthers(id)));
    return this.folded.get(id);
  }

  /** A household with those of its people who may be asked for. */
  asked(id) {
    const household = this.households.get(id), gone = this.left.get(id);
    return gone ? { ...household, people: household.people.filter((person) => !gone.has(person.id)) } : household;
  }

  done(id) {
    const { result, closed } = this.of(id);
    return Boolean(result) || closed;
  }

  /** Households in walking order; a building's by floor from the top, then by unit. */
  walk() {
    if (this.walked?.route !== this.route || this.walked.withholds !== this.withholds) {
      this.walked = { route: this.route, withholds: this.withholds, ids: this.route.flatMap((stop) => this.at(stop)) };
    }
    return this.walked.ids;
  }

  at(stop) {
    return (this.stops.get(stop)?.households ?? []).filter((id) => this.households.has(id) && !this.dropped.has(id))
      .map((id) => this.households.get(id)).sort((a, b) => (b.floor ?? 0) - (a.floor ?? 0) || natural(a.unit ?? "", b.unit ?? ""))
      .map((household) => household.id);
  }

  building(stop) {
    const ids = this.at(stop);
    return ids.length >= BUILDING_FROM || ids.some((id) => this.households.get(id).floor !== null && this.households.get(id).floor !== undefined);
  }

  /** The next household of the walk without a result, after `id` where it can be. */
  next(id = null) {
    const walk = this.walk(), from = id === null ? 0 : walk.indexOf(id) + 1;
    return [...walk.slice(from), ...walk.slice(0, from)].find((other) => other !== id && !this.done(other)) ?? null;
  }
}

const collator = new Intl.Collator("en", { numeric: true });
export const natural = (a, b) => collator.compare(a, b);

function fold(household, own, others) {
  const people = new Map(household.people.map((person) => [person.id, { ...person, state: null, answers: {} }]));
  const state = { result: null, at: null, by: null, people, added: [], notes: [], answers: 0, closed: false };
  const all = [...others.map((event) => ({ ...event, theirs: true })), ...own];
  for (const event of all) take(state, event);
  const left = [...people.values()];
  state.closed = left.length > 0 && left.every((person) => ["moved", "deceased", "optout"].includes(person.state));
  if (state.closed && !state.result) state.result = left.at(-1).state;
  return state;
}

function take(state, event) {
  const person = state.people.get(event.person);
  if (event.kind === "attempt") {
    Object.assign(state, { result: event.value.result, at: event.at, by: event.theirs ? event.by : null });
    if (person && !["moved", "deceased", "optout"].includes(person.state)) person.state = event.value.result;
  } else if (event.kind === "answer") {
    state.answers += 1;
    if (person) person.answers[event.value.question] = { answer: event.value.answer, id: event.id };
  } else if (["moved", "deceased", "optout"].includes(event.kind)) {
    if (person) person.state = event.kind;
  } else if (event.kind === "correction") {
    if (person && event.value.field === "language") person.language = event.value.is;
    else if (person && NAMED.includes(event.value.field)) person.corrected = { ...person.corrected, [event.value.field]: event.value.is };
  } else if (event.kind === "person_added") state.added.push(event.value);
  else if (event.kind === "note") state.notes.push(event.value.text);
}
