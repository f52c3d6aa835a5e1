import { Button, Group, SegmentedControl, Stack, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { t } from '../texts/texts.ts';
import { useList } from '../kit/list.ts';
import { ownMailboxKey } from '../kit/own-mailbox.ts';
import { Problem } from '../kit/page.tsx';
import { shown } from '../kit/shown.ts';
import { columnsOf, VirtualTable, type Column } from '../kit/table.tsx';
import { Message } from './message.tsx';
import { callerOf, lengthOf, type VoicemailMessage } from './message-texts.ts';
import { requestAt, type Place } from './place.ts';

const states = [
  { value: 'all', label: t('All') },
  { value: 'new', label: t('New') },
  { value: 'read', label: t('Heard') },
  { value: 'saved', label: t('Saved') },
];

const labelOfState = (state: unknown): string => states.find(({ value }) => value === state)?.label ?? shown(state);

/** Milliseconds after which messages that came in between are looked for. */
const lookInterval = 30_000;

type MessagesProps = { readonly place: Place; readonly canChange: boolean };

/** The messages of a mailbox. One that is opened is heard below the list. */
export function Messages({ place, canChange }: MessagesProps) {
  const queries = useQueryClient();
  const [state, setState] = useState('all');
  const [opened, setOpened] = useState<string | null>(null);
  const status = state === 'all' ? undefined : state;
  const wanted = requestAt(place, 'GET', '/voicemail', { query: { mailbox: place.mailbox, status } });
  const list = useList(wanted, ['data'], { every: lookInterval });
  const columns = useMemo(() => columnsWith(setOpened), []);
  const changed = async (): Promise<void> => {
    await queries.invalidateQueries({ queryKey: ['list', '/voicemail'] });
    await queries.invalidateQueries({ queryKey: ownMailboxKey });
  };
  return (
    <Stack component="section" aria-label={t('Messages')} gap="sm">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {t('Messages')}
        </Title>
        <SegmentedControl aria-label={t('State of the messages')} data={states} value={state} onChange={setState} />
      </Group>
      <Problem error={list.error} />
      <VirtualTable {...list} label={t('List of messages')} columns={columns} empty={t('There are no messages.')} />
      {opened !== null && (
        <Message
          key={opened}
          id={opened}
          place={place}
          canChange={canChange}
          onChanged={() => void changed()}
          onClose={() => setOpened(null)}
        />
      )}
    </Stack>
  );
}

const columnsWith = (onOpen: (id: string) => void): readonly Column[] =>
  columnsOf<VoicemailMessage>([
    { id: 'open', header: t('Message'), width: 100, cell: (row) => <OpenButton message={row} onOpen={onOpen} /> },
    { id: 'received_at', header: t('Received'), width: 180 },
    { id: 'caller', header: t('From'), width: 180, cell: callerOf },
    { id: 'duration_seconds', header: t('Length'), width: 90, cell: lengthOf },
    { id: 'status', header: t('State'), width: 90, cell: ({ status }) => labelOfState(status) },
    { id: 'urgent', header: t('Urgent'), width: 90 },
  ]);

type OpenProps = { readonly message: VoicemailMessage; readonly onOpen: (id: string) => void };

function OpenButton({ message, onOpen }: OpenProps) {
  return (
    <Button
      size="compact-sm"
      variant="default"
      aria-label={t('Open message from {name}, {time}', {
        name: callerOf(message),
        time: shown(message.received_at),
      })}
      onClick={() => onOpen(message.id)}
    >
      {t('Open')}
    </Button>
  );
}
