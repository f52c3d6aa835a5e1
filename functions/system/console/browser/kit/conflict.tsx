import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { textIn } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import { api } from './api.ts';
import { DifferenceTable } from './difference-table.tsx';
import { differencesOf } from './differences.ts';
import type { FormValues } from './form-fields.ts';
import { exactTimeText } from './format.ts';
import { Problem } from './page.tsx';
import { isAllowed } from './rights.ts';
import { useSession, useSigning } from './session.tsx';

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

/** Milliseconds between the time of a resource and that of the entry about its change, at most. */
const tolerance = 5_000;

/** Who has saved it last; undefined: the log does not say, or the person may not read it. */
function useLastChange(now: FormValues | undefined) {
  const session = useSession();
  const { organization } = useSigning();
  const [id, at] = [textIn(now?.['id']), Date.parse(textIn(now?.['updated_at']))];
  const { data } = useQuery({
    queryKey: ['last change', id, at],
    queryFn: async () => {
      const [date_from, date_to] = [at - tolerance, at + tolerance].map((time) => new Date(time).toISOString());
      const wanted = { params: { path: { orgId: organization ?? session.org_id } } };
      const body = { resource_id: id, date_from: date_from ?? null, date_to: date_to ?? null, per_page: 1 };
      return (await api.POST('/eventlog/{orgId}', { ...wanted, body })).data?.data.results[0] ?? null;
    },
    enabled: id !== '' && !Number.isNaN(at) && isAllowed(session, ['system:read']),
    retry: false,
  });
  return data ?? undefined;
}

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
  const last = useLastChange(now);
  const differences = now === undefined ? [] : differencesOf(before, now, names);
  return (
    <Alert color="yellow" role="alert" tabIndex={-1} title={t('Somebody else has changed this')}>
      <Stack gap="xs">
        {last !== undefined && (
          <Text size="sm" fw={600}>
            {t('{who}: {text}', { who: last.actor.name ?? t('Somebody'), text: last.description })}
            {' · '}
            {exactTimeText(last.created_at)}
          </Text>
        )}
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
