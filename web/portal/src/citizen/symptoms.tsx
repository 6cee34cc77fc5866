/** The symptoms of GB/T 38962-2020, to tick. */

import type { JSX } from "preact";

import { t, type Text } from "../shared/lang.ts";

const LEGEND: Text = ["您有哪些症状？", "Which symptoms do you have?"];
const SYMPTOMS: readonly (readonly [string, Text])[] = [
  ["fever", ["发热", "Fever"]],
  ["cough", ["咳嗽", "Cough"]],
  ["fatigue", ["乏力", "Fatigue"]],
  ["dyspnoea", ["呼吸困难", "Difficulty breathing"]],
  ["chest_tightness", ["胸闷", "Chest tightness"]],
  ["sore_throat", ["咽痛", "Sore throat"]],
  ["nasal_congestion", ["鼻塞", "Nasal congestion"]],
  ["runny_nose", ["流涕", "Runny nose"]],
  ["diarrhoea", ["腹泻", "Diarrhoea"]],
  ["nausea", ["恶心呕吐", "Nausea or vomiting"]],
  ["headache", ["头痛", "Headache"]],
  ["muscle_ache", ["肌肉酸痛", "Muscle ache"]],
  ["conjunctivitis", ["结膜炎", "Conjunctivitis"]],
  ["loss_of_smell_or_taste", ["嗅觉或味觉减退", "Loss of smell or taste"]],
  ["other", ["其他", "Other"]],
];

export function Symptoms(props: { chosen: readonly string[]; onChange: (chosen: readonly string[]) => void }): JSX.Element {
  const { chosen, onChange } = props;
  const turn = (name: string): void =>
    onChange(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]);
  return (
    <fieldset class="ticks">
      <legend>{t(LEGEND)}</legend>
      {SYMPTOMS.map(([name, text]) => (
        <label key={name}>
          <input type="checkbox" checked={chosen.includes(name)} onChange={() => turn(name)} /> {t(text)}
        </label>
      ))}
    </fieldset>
  );
}
