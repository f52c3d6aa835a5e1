import { Button, Fieldset, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '../texts/texts.ts';
import { ShownValue, useShowing } from './read-only.tsx';

/** What is wrong with several fields together. */
export function FieldMessage({ text }: { readonly text: string }) {
  return (
    <Text size="sm" c="var(--mantine-color-error)" tabIndex={-1} data-problem>
      {text}
    </Text>
  );
}

type RowListProps = {
  readonly label: string;
  readonly description: string;
  readonly error: string | null;
  readonly count: number;
  readonly onAdd: () => void;
  readonly onRemove: (row: number) => void;
  readonly children: (row: number) => ReactNode;
};

/** Rows that are added and removed. */
export function RowList({ label, description, error, count, onAdd, onRemove, children }: RowListProps) {
  if (useShowing() !== 'inputs')
    return (
      <ShownValue label={label}>
        {count === 0 ? '' : <Stack gap="xs">{Array.from({ length: count }, (_row, row) => children(row))}</Stack>}
      </ShownValue>
    );
  return (
    <Fieldset legend={label}>
      <Stack gap="xs">
        {description !== '' && <Text size="sm">{description}</Text>}
        {Array.from({ length: count }, (_row, row) => (
          <Group key={row} align="end">
            {children(row)}
            <Button
              variant="default"
              aria-label={t('Remove {name}', { name: `${label} ${row + 1}` })}
              onClick={() => onRemove(row)}
            >
              {t('Remove')}
            </Button>
          </Group>
        ))}
        {error !== null && <FieldMessage text={error} />}
        <Group>
          <Button variant="default" aria-label={t('Add one: {label}', { label })} onClick={onAdd}>
            {t('Add one')}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}
