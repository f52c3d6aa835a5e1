import { Anchor, Button } from '@mantine/core';
import { useThrottledCallback } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { textIn } from '../../json-value.ts';
import type { AnswerOf } from '../kit/answer-of.ts';
import { request } from '../kit/api.ts';
import { useEvents, type OrganizationEvent } from '../kit/events.ts';
import { useNextFrame } from '../kit/frames.ts';
import { listRequest } from '../kit/inputs.ts';
import { listKey, useList } from '../kit/list.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import type { LoadedList } from '../kit/pages.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { columnsOf, shown, VirtualTable } from '../kit/table.tsx';
import { RecentCalls, withCalls } from './live-calls.ts';

type LiveCall = AnswerOf<'get', '/Calls'>['calls'][number];

/** The parties of a call by their numbers, else by their SIP users. */
const callerOf = ({ number, source }: LiveCall): string => shown(number.caller ?? source.caller.user);
const calledOf = ({ number, destination }: LiveCall): string => shown(number.called ?? destination.to.user);

/** Milliseconds between two looks at the calls in progress: with events, and without. */
const intervals = { events: 15_000, none: 2_000 } as const;
const wanted = listRequest('GET /Calls', {});

/** Milliseconds between two looks that events cause, however many there are. */
const shortest = 500;

const columns = columnsOf<LiveCall>([
  {
    id: 'source',
    header: 'From',
    cell: (call) => (
      <Anchor renderRoot={(props) => <Link to="/calls/$id" params={{ id: call.id }} {...props} />}>
        {callerOf(call)}
      </Anchor>
    ),
  },
  { id: 'destination', header: 'To', cell: calledOf },
  { id: 'status', header: 'State' },
  { id: 'direction', header: 'Direction' },
  { id: 'started', header: 'Since', width: 230, cell: ({ timestamps }) => shown(timestamps.created) },
]);

/** Events with a call as the list has it. */
const isOfState = ({ type, data }: OrganizationEvent): boolean => type === `call.${textIn(data['status'])}`;

/**
 * Follows the calls by their events: a state changes its row with the next frame, without a request. Other events of
 * calls, and those that were missed, cause a look at the list.
 */
function useCallEvents() {
  const { own_only: ownOnly } = useSession();
  const queries = useQueryClient();
  const [recent] = useState(() => new RecentCalls());
  const look = useThrottledCallback(() => void queries.invalidateQueries({ queryKey: listKey(wanted) }), shortest);
  const settle = useCallback((list: LoadedList) => withCalls(list, recent.callsAt(performance.now())), [recent]);
  const show = useNextFrame(() => {
    const updatedAt = queries.getQueryState(listKey(wanted))?.dataUpdatedAt ?? 0;
    queries.setQueryData<LoadedList>(listKey(wanted), (list) => list && settle(list), { updatedAt });
  });
  const hasEvents = useEvents((event) => {
    // Events are of all calls of the organization.
    if (isOfState(event) && !ownOnly.includes('calls:read')) {
      recent.take(event.data, performance.now());
      show();
    } else if (event.type.startsWith('call.')) look();
  });
  useEffect(() => {
    if (hasEvents) look();
  }, [hasEvents, look]);
  return { hasEvents, settle };
}

/** The calls in progress. */
export function LiveCallsPage() {
  const operations = useOperations('calls');
  const session = useSession();
  const queries = useQueryClient();
  const { hasEvents, settle } = useCallEvents();
  const list = useList(wanted, operationOf(operations, 'GET /Calls').listAt, {
    every: hasEvents ? intervals.events : intervals.none,
    settle,
  });
  const canHangUp = isAllowed(session, operationOf(operations, 'DELETE /Calls/{callId}').scopes);
  const hangUp = useMutation({
    mutationFn: (id: string) => request({ method: 'DELETE', path: `/Calls/${encodeURIComponent(id)}` }),
    onSettled: () => queries.invalidateQueries({ queryKey: listKey(wanted) }),
  });
  const { mutate } = hangUp;
  const all = useMemo(() => {
    const actions = columnsOf<LiveCall>([
      {
        id: 'action',
        header: 'Action',
        cell: ({ id }) => (
          <Button size="compact-sm" variant="default" onClick={() => mutate(id)}>
            Hang up
          </Button>
        ),
      },
    ]);
    return canHangUp ? [...columns, ...actions] : columns;
  }, [canHangUp, mutate]);
  return (
    <Page title="Live calls" requests={[list.request]}>
      <Problem error={list.error ?? hangUp.error} />
      <VirtualTable {...list} label="Calls in progress" columns={all} empty="No calls are in progress." />
    </Page>
  );
}
