import { Anchor, Button } from '@mantine/core';
import { useThrottledCallback } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { request } from '../kit/api.ts';
import { useEvents } from '../kit/events.ts';
import { listRequest } from '../kit/inputs.ts';
import { useList } from '../kit/list.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { shown, VirtualTable, type Column, type Row } from '../kit/table.tsx';

/** A party as a person names it. */
export const partyOf = (end: unknown): string => {
  const { number, name, id, uri, target } = Object(end) as Readonly<Record<string, unknown>>;
  return shown(number ?? target ?? name ?? uri ?? id ?? end);
};

/** Milliseconds between two looks at the calls in progress: with events, and without. */
const intervals = { events: 15_000, none: 2_000 } as const;
/** Milliseconds between two looks that events cause, however many there are. */
const shortest = 500;

const columns: readonly Column[] = [
  {
    id: 'source',
    header: 'From',
    cell: (row) => (
      <Anchor renderRoot={(props) => <Link to="/calls/$id" params={{ id: String(row['id']) }} {...props} />}>
        {partyOf(row['source'])}
      </Anchor>
    ),
  },
  { id: 'destination', header: 'To', cell: (row) => partyOf(row['destination']) },
  { id: 'status', header: 'State' },
  { id: 'direction', header: 'Direction' },
  { id: 'started', header: 'Since', width: 200, cell: (row) => shown(startOf(row)) },
];

const startOf = (row: Row): unknown => (Object(row['timestamps']) as { created?: unknown }).created;

/** The calls in progress. */
export function LiveCallsPage() {
  const operations = useOperations('calls');
  const session = useSession();
  const queries = useQueryClient();
  const look = useThrottledCallback(() => void queries.invalidateQueries({ queryKey: ['list', '/Calls'] }), shortest);
  const hasEvents = useEvents((type) => {
    if (type.startsWith('call.')) look();
  });
  const every = hasEvents ? intervals.events : intervals.none;
  const list = useList(listRequest('GET /Calls', {}), operationOf(operations, 'GET /Calls').listAt, {
    every,
  });
  const canHangUp = isAllowed(session, operationOf(operations, 'DELETE /Calls/{callId}').scopes);
  const hangUp = useMutation({
    mutationFn: (id: string) => request({ method: 'DELETE', path: `/Calls/${encodeURIComponent(id)}` }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['list', '/Calls'] }),
  });
  const { mutate } = hangUp;
  const all = useMemo(() => {
    const action: Column = {
      id: 'action',
      header: 'Action',
      cell: (row) => (
        <Button size="compact-sm" variant="default" onClick={() => mutate(String(row['id']))}>
          Hang up
        </Button>
      ),
    };
    return canHangUp ? [...columns, action] : columns;
  }, [canHangUp, mutate]);
  return (
    <Page title="Live calls" requests={[list.request]}>
      <Problem error={list.error ?? hangUp.error} />
      <VirtualTable {...list} label="Calls in progress" columns={all} empty="No calls are in progress." />
    </Page>
  );
}
