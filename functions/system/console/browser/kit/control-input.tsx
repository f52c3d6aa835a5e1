import { useState } from 'react';
import { locale } from '../texts/language.ts';
import { ColorInput, NumberInput, Select, Textarea, TextInput } from './form-inputs.tsx';
import { t } from '../texts/texts.ts';
import { secondsOf, type Control } from './controls.ts';
import { clockOf, dateTimeText, durationText, instantOf } from './format.ts';
import { ShownValue, useShowing } from './read-only.tsx';
import { textOf } from './shown.ts';

type InputProps = {
  readonly label: string;
  readonly description: string;
  readonly required: boolean;
  readonly error: string | null;
  readonly placeholder: string;
};

type ControlInputProps = {
  readonly control: Control;
  readonly common: InputProps;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
};

type Choice = { readonly value: string; readonly label: string };

const byLabel = (one: Choice, other: Choice): number => one.label.localeCompare(other.label, locale);

/** Codes with their names in the language of the page. */
function named(type: 'region' | 'currency' | 'language', codes: readonly string[]): readonly Choice[] {
  const names = new Intl.DisplayNames(locale, { type, fallback: 'none' });
  return codes
    .flatMap((value) => {
      const label = names.of(value);
      return label === undefined ? [] : [{ value, label: type === 'currency' ? `${value} – ${label}` : label }];
    })
    .toSorted(byLabel);
}

const letters = Array.from({ length: 26 }, (_letter, at) => String.fromCodePoint(65 + at));
/** Two letters each; those that are no country have no name. */
const countryCodes = (): readonly string[] => letters.flatMap((one) => letters.map((other) => one + other));

/** Languages in which the platform speaks and writes. */
const languageCodes = ['en', 'de', 'fr', 'es', 'it', 'nl', 'pt', 'pl'];

/** Firefox lists UTC among them, Chromium does not. */
const timeZones = (): readonly string[] => [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

const choicesOf: Partial<Record<Control, () => readonly Choice[]>> = {
  'time zone': () => timeZones().map((value) => ({ value, label: value.replaceAll('_', ' ') })),
  country: () => named('region', countryCodes()),
  currency: () => named('currency', Intl.supportedValuesOf('currency')),
  language: () => named('language', languageCodes),
};

/** A value that is chosen from a list that everybody knows. A value that the list lacks stays. */
function KnownValue({
  choices,
  common,
  value,
  onChange,
}: Omit<ControlInputProps, 'control'> & { readonly choices: () => readonly Choice[] }) {
  const [known] = useState(choices);
  const given = textOf(value);
  const hasGiven = given === '' || known.some((choice) => choice.value === given);
  return (
    <Select
      {...common}
      searchable
      clearable={!common.required}
      data={[...(hasGiven ? [] : [{ value: given, label: given }]), ...known]}
      nothingFoundMessage={t('Nothing found')}
      value={given === '' ? null : given}
      onChange={(next) => onChange(next ?? '')}
    />
  );
}

function Duration({ common, value, onChange }: Omit<ControlInputProps, 'control'>) {
  const [text, setText] = useState(typeof value === 'number' ? durationText(value) : '');
  const isWrong = text !== '' && secondsOf(text) === undefined;
  return (
    <TextInput
      {...common}
      placeholder="m:ss"
      value={text}
      error={isWrong ? t('Type minutes and seconds, such as 8:43.') : common.error}
      onChange={({ target }) => {
        setText(target.value);
        onChange(target.value === '' ? '' : (secondsOf(target.value) ?? target.value));
      }}
      onBlur={() => {
        const seconds = secondsOf(text);
        if (seconds !== undefined) setText(durationText(seconds));
      }}
    />
  );
}

/** A control for a value that people do not read as the API writes it. */
export function ControlInput({ control, common, value, onChange }: ControlInputProps) {
  const isFilledIn = useShowing() === 'inputs';
  const choices = choicesOf[control];
  if (choices !== undefined) return <KnownValue {...{ choices, common, value, onChange }} />;
  if (control === 'moment' && !isFilledIn)
    return <ShownValue label={common.label}>{dateTimeText(textOf(value))}</ShownValue>;
  const text = { ...common, value: textOf(value), onChange: onChange as (next: string) => void };
  const typed = {
    ...text,
    onChange: ({ target }: { readonly target: { readonly value: string } }) => onChange(target.value),
  };
  switch (control) {
    case 'duration':
      return <Duration {...{ common, value, onChange }} />;
    case 'lines':
      return <Textarea {...typed} autosize minRows={2} maxRows={12} />;
    case 'color':
      return <ColorInput {...text} eyeDropperButtonProps={{ 'aria-label': t('Take a color from the screen') }} />;
    case 'moment':
      return (
        <TextInput
          {...common}
          type="datetime-local"
          value={clockOf(textOf(value))}
          onChange={({ target }) => onChange(target.value === '' ? '' : instantOf(target.value))}
        />
      );
    case 'percent':
      return <NumberInput {...common} suffix=" %" value={value as number | string} onChange={onChange} />;
    case 'money':
      return <TextInput {...typed} inputMode="decimal" />;
    default:
      return <TextInput {...typed} type="tel" />;
  }
}
