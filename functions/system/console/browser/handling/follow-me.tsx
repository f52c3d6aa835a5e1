import { Button, Group, Stack, Text } from '@mantine/core';
import { NumberInput, TextInput } from '../kit/form-inputs.tsx';
import { useShowing } from '../kit/read-only.tsx';
import { t } from '../texts/texts.ts';
import { newFollowMe, type FollowMe } from './handling-draft.ts';

/** @param field path of a field in the body */
export type ErrorOf = (field: string) => string | null;

type FollowMeProps = {
  readonly all: readonly FollowMe[];
  readonly errorOf: ErrorOf;
  readonly onChange: (all: readonly FollowMe[]) => void;
};

/** Numbers that ring besides the phones. */
export function FollowMeInputs({ all, errorOf, onChange }: FollowMeProps) {
  const isFilledIn = useShowing() === 'inputs';
  return (
    <Stack>
      {!isFilledIn && all.length === 0 && <Text>{t('There are none.')}</Text>}
      {all.map((each, at) => (
        <FollowMeRow
          // Rows have no name of their own.
          key={at}
          at={at}
          of={each}
          errorOf={errorOf}
          onChange={(next) => onChange(all.with(at, next))}
          onRemove={() => onChange(all.toSpliced(at, 1))}
        />
      ))}
      {isFilledIn && (
        <Group>
          <Button variant="default" onClick={() => onChange([...all, newFollowMe])}>
            {t('Add number')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

type RowProps = {
  readonly at: number;
  readonly of: FollowMe;
  readonly errorOf: ErrorOf;
  readonly onChange: (next: FollowMe) => void;
  readonly onRemove: () => void;
};

function FollowMeRow({ at, of, errorOf, onChange, onRemove }: RowProps) {
  const [path, name] = [`follow_me[${at}]`, t('Number {count}', { count: at + 1 })];
  return (
    <Group align="end">
      <TextInput
        label={name}
        required
        value={of.number}
        error={errorOf(`${path}.number`)}
        onChange={({ target }) => onChange({ ...of, number: target.value })}
      />
      <NumberInput
        label={t('{name}: rings later by, seconds', { name })}
        value={of.delay}
        error={errorOf(`${path}.delay_seconds`)}
        onChange={(delay) => onChange({ ...of, delay })}
      />
      <NumberInput
        label={t('{name}: rings for, seconds', { name })}
        value={of.ring}
        error={errorOf(`${path}.ring_seconds`)}
        onChange={(ring) => onChange({ ...of, ring })}
      />
      <TextInput
        label={t('{name}: key that takes the call', { name })}
        placeholder={t('none')}
        value={of.key}
        error={errorOf(`${path}.accept_key`)}
        onChange={({ target }) => onChange({ ...of, key: target.value })}
      />
      {useShowing() === 'inputs' && (
        <Button variant="default" aria-label={t('Remove number {count}', { count: at + 1 })} onClick={onRemove}>
          {t('Remove')}
        </Button>
      )}
    </Group>
  );
}
