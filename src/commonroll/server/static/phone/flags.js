// What screening asks, in the phone's language. English has the site's own sentence, as the lead reads it; so has a rule that is not known here.
import { dayAlone, language, put } from "./words.js";

const WORDS = { es: {
  pace: "El {on}, de {from} a {to}, {doors} puertas están a {metres} m unas de otras en línea recta: {kmh} km/h sin una parada. Quien camina deprisa hace {brisk}.",
  minute: "El {on}, a las {at}, se anotaron {buildings} edificios distintos en un minuto.",
  together: "{doors} de {of} puertas del {on} se anotaron en {minutes} minutos, de {from} a {to}, y después nada.", came: "También llegaron juntas al sitio.",
  fast_talk: "El {on}, de {from} a {to}, {doors} puertas con {talks} conversaciones llevaron {minutes} minutos. El camino, {at_talk} segundos por conversación y {at_door} en otras puertas suman {least_minutes}.",
  fast_talk_one: "El {on}, de {from} a {to}, {doors} puertas con 1 conversación llevaron {minutes} minutos. El camino, {at_talk} segundos por conversación y {at_door} en otras puertas suman {least_minutes}.",
  same_answers: "A la pregunta {question}, {same} de {of} personas dieron la misma respuesta. De {others} a quienes otros preguntaron en el mismo recorrido, la dieron {others_percent} de cada 100.",
  talk_share: "{talked} de {of} intentos acabaron en conversación: {percent} de cada 100. Para otros {where} fueron {others_percent} de cada 100, en {others} intentos.", same_turf: "en la misma zona", same_cut: "en el mismo recorrido",
  may_pace: "Una bicicleta, un auto, dos personas con un teléfono, o puertas anotadas en papel y escritas después.", may_minute: "No había nadie en casa en una calle, y se anotó para todas sus puertas a la vez.",
  may_together: "Sin señal, lluvia, un teléfono guardado en el bolsillo, o una lista de papel escrita después.", may_fast_talk: "Conversaciones anotadas después, o una pregunta que casi todos responden enseguida.",
  may_same_answers: "Una calle que piensa igual, o una lista de personas que se sabe que están de acuerdo.", may_talk_share: "Una hora en que la gente está en casa, un edificio amable, otra manera de contar.",
} };

/** Numbers of the rule in the words of the language. */
export function sentenceOf({ rule, numbers = {}, on, sentence }) {
  const words = WORDS[language()], found = numbers.talks === 1 && words?.[`${rule}_one`] || words?.[rule];
  if (!found) return sentence;
  const more = numbers.came ? ` ${words.came}` : "";
  return put(found, { ...numbers, where: numbers.same_turf ? words.same_turf : words.same_cut, on: on && dayAlone(on) }) + more;
}

export const mayBe = ({ rule, may_be }) => WORDS[language()]?.[`may_${rule}`] ?? may_be;
