import { Group } from '@mantine/core';
import { RowList } from './row-list.tsx';
import { TargetPicker } from './target-picker.tsx';
import { Select, TextInput } from './form-inputs.tsx';
import { t } from '../texts/texts.ts';
import { isKind, type Target } from './targets.ts';

type TargetProps = {
  readonly label: string;
  readonly description?: string;
  /** Among them `number`, which is typed, and words that name nothing, such as `none`. */
  readonly kinds: readonly { readonly value: string; readonly label: string }[];
  readonly target: Target;
  readonly error: string | null;
  readonly onChange: (target: Target) => void;
};

/** Where a call is sent. */
export function TargetInput({ label, description = '', kinds, target, error, onChange }: TargetProps) {
  const which = {
    label: t('{label}: which', { label }),
    value: target.to,
    error,
    // Beside the other field, which has a description.
    description: description === '' ? '' : t('By its name'),
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
        error={target.kind !== 'number' && !isKind(target.kind) ? error : null}
        onChange={(kind) => onChange({ kind: kind ?? 'none', to: '' })}
      />
      {target.kind === 'number' && (
        <TextInput
          {...which}
          label={t('{label}: number', { label })}
          onChange={(event) => change(event.target.value)}
        />
      )}
      {isKind(target.kind) && <TargetPicker {...which} kind={target.kind} onChange={change} />}
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
    <RowList
      {...{ label, description, error, count: targets.length }}
      onAdd={() => onChange([...targets, { kind: first, to: '' }])}
      onRemove={(row) => onChange(targets.toSpliced(row, 1))}
    >
      {(row) => (
        <TargetInput
          label={`${label} ${row + 1}`}
          kinds={kinds}
          target={targets[row] ?? { kind: first, to: '' }}
          error={null}
          onChange={(next) => onChange(targets.with(row, next))}
        />
      )}
    </RowList>
  );
}
