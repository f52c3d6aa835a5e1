import { Button, Group, NumberInput, Select, Stack, TextInput } from '@mantine/core';
import { newFollowMe, targetKinds, type FollowMe, type Target } from './handling-draft.ts';

/** @param field path of a field in the body */
export type ErrorOf = (field: string) => string | null;

type TargetProps = {
  readonly label: string;
  readonly target: Target;
  readonly error: string | null;
  readonly onChange: (target: Target) => void;
};

const nameOf = ({ kind }: Target): string => {
  if (kind === 'number') return 'number';
  return kind === 'voicemail' ? 'mailbox' : 'ID';
};

/** Where a call is sent on: what it is, and which. */
export function TargetInput({ label, target, error, onChange }: TargetProps) {
  return (
    <Group align="start" grow>
      <Select
        label={label}
        allowDeselect={false}
        data={[...targetKinds]}
        value={target.kind}
        error={target.kind === 'none' ? error : null}
        onChange={(kind) => onChange({ kind: kind ?? 'none', to: '' })}
      />
      {target.kind !== 'none' && (
        <TextInput
          label={`${label}: ${nameOf(target)}`}
          required
          value={target.to}
          error={error}
          onChange={(event) => onChange({ ...target, to: event.target.value })}
        />
      )}
    </Group>
  );
}

type FollowMeProps = {
  readonly all: readonly FollowMe[];
  readonly errorOf: ErrorOf;
  readonly onChange: (all: readonly FollowMe[]) => void;
};

/** Numbers that ring besides the phones. */
export function FollowMeInputs({ all, errorOf, onChange }: FollowMeProps) {
  return (
    <Stack>
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
      <Group>
        <Button variant="default" onClick={() => onChange([...all, newFollowMe])}>
          Add number
        </Button>
      </Group>
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
  const [path, name] = [`follow_me[${at}]`, `Number ${at + 1}`];
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
        label={`${name}: rings later by, seconds`}
        value={of.delay}
        error={errorOf(`${path}.delay_seconds`)}
        onChange={(delay) => onChange({ ...of, delay })}
      />
      <NumberInput
        label={`${name}: rings for, seconds`}
        value={of.ring}
        error={errorOf(`${path}.ring_seconds`)}
        onChange={(ring) => onChange({ ...of, ring })}
      />
      <TextInput
        label={`${name}: key that takes the call`}
        placeholder="none"
        value={of.key}
        error={errorOf(`${path}.accept_key`)}
        onChange={({ target }) => onChange({ ...of, key: target.value })}
      />
      <Button variant="default" aria-label={`Remove number ${at + 1}`} onClick={onRemove}>
        Remove
      </Button>
    </Group>
  );
}
