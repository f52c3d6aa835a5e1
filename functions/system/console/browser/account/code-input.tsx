import { TextInput } from '@mantine/core';
import { t } from '../texts/texts.ts';

type CodeInputProps = {
  readonly value: string;
  readonly autoFocus?: true;
  readonly onChange: (code: string) => void;
};

/** The six digits of an authenticator. */
export function CodeInput({ value, autoFocus, onChange }: CodeInputProps) {
  return (
    <TextInput
      label={t('Code of your authenticator')}
      autoComplete="one-time-code"
      inputMode="numeric"
      autoFocus={autoFocus === true}
      required
      value={value}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}
