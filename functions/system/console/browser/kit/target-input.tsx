import { Button, Fieldset, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { TargetPicker } from './target-picker.tsx';
import type { Target } from './targets.ts';

type TargetProps = {
  readonly label: string;
  readonly description?: string;
  /** Among them `none`, and `number`, which is typed. */
  readonly kinds: readonly { readonly value: string; readonly label: string }[];
  readonly target: Target;
  readonly error: string | null;
  readonly onChange: (target: Target) => void;
};

/** Where a call is sent. */
export function TargetInput({ label, description = '', kinds, target, error, onChange }: TargetProps) {
  const which = {
    label: `${label}: which`,
    value: target.to,
    error,
    // Beside the other field, which has a description.
    description: description === '' ? '' : 'By its name',
    required: true,
  };
  const change = (to: string): void => onChange({ ...target, to });
  return (
    <Group align="start" grow>
      <Select
        label={label}
        description={description}
        allowDeselect={false}
        data={[...kinds]}
        value={target.kind}
        error={target.kind === 'none' ? error : null}
        onChange={(kind) => onChange({ kind: kind ?? 'none', to: '' })}
      />
      {target.kind === 'number' && (
        <TextInput {...which} label={`${label}: number`} onChange={(event) => change(event.target.value)} />
      )}
      {!['none', 'number'].includes(target.kind) && <TargetPicker {...which} kind={target.kind} onChange={change} />}
    </Group>
  );
}

type ListProps = Omit<TargetProps, 'target' | 'onChange'> & {
  readonly targets: readonly Target[];
  readonly onChange: (targets: readonly Target[]) => void;
};

/** Several to which a call is sent, in their order. */
export function TargetList({ label, description = '', kinds, targets, error, onChange }: ListProps) {
  const first = kinds[0]?.value ?? 'number';
  return (
    <Fieldset legend={label}>
      <Stack gap="xs">
        {description !== '' && <Text size="sm">{description}</Text>}
        {targets.map((target, at) => (
          <Group key={at} align="end">
            <TargetInput
              label={`${label} ${at + 1}`}
              kinds={kinds}
              target={target}
              error={null}
              onChange={(next) => onChange(targets.with(at, next))}
            />
            <Button
              variant="default"
              aria-label={`Remove ${label} ${at + 1}`}
              onClick={() => onChange(targets.toSpliced(at, 1))}
            >
              Remove
            </Button>
          </Group>
        ))}
        {error !== null && <Text c="var(--mantine-color-error)">{error}</Text>}
        <Group>
          <Button
            variant="default"
            aria-label={`Add one: ${label}`}
            onClick={() => onChange([...targets, { kind: first, to: '' }])}
          >
            Add one
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}
