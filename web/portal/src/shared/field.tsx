/** A labelled field that says what is wrong with it as soon as that is known. */

import type { ComponentChildren, JSX } from "preact";
import { useId, useState } from "preact/hooks";

export interface FieldProps {
  readonly label: string;
  readonly fault: string;
  /** Say what is wrong even if nothing was typed: somebody wanted to go on. */
  readonly insist: boolean;
  readonly hint?: string;
}

interface Inner {
  readonly id: string;
  readonly "aria-invalid": boolean;
  readonly "aria-describedby": string | undefined;
  readonly onBlur: () => void;
}

export function Field(props: FieldProps & { children: (inner: Inner) => ComponentChildren }): JSX.Element {
  const id = useId();
  const [left, setLeft] = useState(false);
  const wrong = props.fault !== "" && (left || props.insist);
  const described = [props.hint && `${id}-hint`, wrong && `${id}-fault`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.hint && (
        <small id={`${id}-hint`} class="hint">
          {props.hint}
        </small>
      )}
      {props.children({
        id,
        "aria-invalid": wrong,
        "aria-describedby": described || undefined,
        onBlur: () => setLeft(true),
      })}
      {wrong && (
        <small id={`${id}-fault`} class="fault">
          {props.fault}
        </small>
      )}
    </div>
  );
}

export function TextField(
  props: FieldProps & {
    name: string;
    value: string;
    onInput: (value: string) => void;
    type?: "text" | "tel" | "date" | "search";
    inputMode?: "tel" | "decimal" | "numeric";
    autoComplete?: "name" | "tel" | "street-address" | "off";
    readOnly?: boolean;
    min?: string;
    max?: string;
  },
): JSX.Element {
  const { label, fault, insist, hint, value, onInput, ...rest } = props;
  return (
    <Field label={label} fault={fault} insist={insist} {...(hint === undefined ? {} : { hint })}>
      {(inner) => (
        // the kinds of input differ in what else they may have; those here have all that is given
        <input {...(rest as object)} {...inner} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
      )}
    </Field>
  );
}

/** Yes or no, as two large buttons. */
export function Choice(props: {
  name: string;
  legend: string;
  options: readonly (readonly [value: string, text: string])[];
  value: string;
  fault: string;
  onChange: (value: string) => void;
}): JSX.Element {
  return (
    <fieldset class="choice">
      <legend>{props.legend}</legend>
      <div class="row">
        {props.options.map(([value, text]) => (
          <label key={value} class={value === props.value ? "chosen" : ""}>
            <input
              type="radio"
              name={props.name}
              value={value}
              checked={value === props.value}
              onChange={() => props.onChange(value)}
            />
            {text}
          </label>
        ))}
      </div>
      {props.fault !== "" && <small class="fault">{props.fault}</small>}
    </fieldset>
  );
}
