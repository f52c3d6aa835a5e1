import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { t } from '../texts/texts.ts';
import { DifferenceTable } from './difference-table.tsx';
import { differencesOf } from './differences.ts';
import type { FormValues } from './form-fields.ts';
import { Problem } from './page.tsx';

/** What two people change at the same time. */

/** The version of an answer of the API; undefined: it has none. */
export const versionIn = ({ version }: FormValues): number | undefined =>
  typeof version === 'number' ? version : undefined;

type ConflictProps = {
  /** Fields that the form has. */
  readonly names: readonly string[];
  /** As it was when the form was opened. */
  readonly before: FormValues;
  /** Reads it as it is now. */
  readonly read: () => Promise<FormValues>;
  readonly isSending: boolean;
  /** @param version that is saved now */
  readonly onOverwrite: (version: number | undefined) => void;
  readonly onTake: () => void;
};

/** Somebody else has saved it since the form was opened: what is typed stays, and the person decides. */
export function ConflictNotice({ names, before, read, isSending, onOverwrite, onTake }: ConflictProps) {
  // Not all resources have an id, and a page may have forms of several.
  const form = useId();
  const { data: now, error } = useQuery({
    queryKey: ['conflict', form, before['version']],
    queryFn: read,
    staleTime: 0,
    gcTime: 0,
  });
  const differences = now === undefined ? [] : differencesOf(before, now, names);
  return (
    <Alert color="yellow" role="alert" tabIndex={-1} title={t('Somebody else has changed this')}>
      <Stack gap="xs">
        <Text size="sm">{t('What you typed is kept. This has changed since you opened the page:')}</Text>
        <Problem error={error} />
        {differences.length > 0 && <DifferenceTable of={differences} />}
        {now !== undefined && differences.length === 0 && <Text size="sm">{t('Nothing differs.')}</Text>}
        {now !== undefined && (
          <Group gap="xs">
            <Button size="compact-sm" loading={isSending} onClick={() => onOverwrite(versionIn(now))}>
              {t('Save mine instead')}
            </Button>
            <Button size="compact-sm" variant="default" onClick={onTake}>
              {t('Discard mine')}
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}
