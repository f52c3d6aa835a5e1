import * as mantine from '@mantine/core';
import type {
  AutocompleteProps,
  CheckboxProps,
  ColorInputProps,
  JsonInputProps,
  MultiSelectProps,
  NumberInputProps,
  PasswordInputProps,
  SelectProps,
  TagsInputProps,
  TextareaProps,
  TextInputProps,
} from '@mantine/core';
import { t } from '../texts/texts.ts';
import { ShownValue, useShowing } from './read-only.tsx';
import { textOf } from './shown.ts';

/** The inputs of forms: those of Mantine, or their values where the person may not change them. */

/** Whether inputs are filled in here. */
const useInputs = (): boolean => useShowing() === 'inputs';

/** What is chosen, as it is offered. */
function chosenText(options: SelectProps['data'], value: string): string {
  for (const each of options ?? []) {
    if (typeof each === 'object' && 'items' in each) continue;
    const [id, label] = typeof each === 'object' ? [each.value, each.label] : [each, each];
    if (id === value) return label;
  }
  return value;
}

export function TextInput(props: TextInputProps) {
  if (useInputs()) return <mantine.TextInput {...props} />;
  return <ShownValue label={props.label}>{textOf(props.value)}</ShownValue>;
}

export function Textarea(props: TextareaProps) {
  if (useInputs()) return <mantine.Textarea {...props} />;
  return <ShownValue label={props.label}>{textOf(props.value)}</ShownValue>;
}

export function Autocomplete(props: AutocompleteProps) {
  if (useInputs()) return <mantine.Autocomplete {...props} />;
  return <ShownValue label={props.label}>{textOf(props.value)}</ShownValue>;
}

export function NumberInput(props: NumberInputProps) {
  if (useInputs()) return <mantine.NumberInput {...props} />;
  const text = textOf(props.value);
  return <ShownValue label={props.label}>{text === '' ? '' : `${text}${props.suffix ?? ''}`}</ShownValue>;
}

export function ColorInput(props: ColorInputProps) {
  if (useInputs()) return <mantine.ColorInput {...props} />;
  return <ShownValue label={props.label}>{props.value}</ShownValue>;
}

/** A secret is never shown. */
export const PasswordInput = (props: PasswordInputProps) => useInputs() && <mantine.PasswordInput {...props} />;

/** JSON is for those who may change it. */
export const JsonInput = (props: JsonInputProps) => useInputs() && <mantine.JsonInput {...props} />;

export function Checkbox(props: CheckboxProps) {
  if (useInputs()) return <mantine.Checkbox {...props} />;
  const isKnown = props.indeterminate !== true;
  const text = props.checked === true ? t('yes') : t('no');
  return <ShownValue label={props.label}>{isKnown ? text : ''}</ShownValue>;
}

export function Select(props: SelectProps) {
  if (useInputs()) return <mantine.Select {...props} />;
  return <ShownValue label={props.label}>{chosenText(props.data, props.value ?? '')}</ShownValue>;
}

export function MultiSelect(props: MultiSelectProps) {
  if (useInputs()) return <mantine.MultiSelect {...props} />;
  const texts = (props.value ?? []).map((each) => chosenText(props.data, each));
  return <ShownValue label={props.label}>{texts.join(', ')}</ShownValue>;
}

export function TagsInput(props: TagsInputProps) {
  if (useInputs()) return <mantine.TagsInput {...props} />;
  return <ShownValue label={props.label}>{(props.value ?? []).join(', ')}</ShownValue>;
}
