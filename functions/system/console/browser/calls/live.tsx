import { Anchor, Button } from '@mantine/core';
import { useThrottledCallback } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { t } from '../texts/texts.ts';
import { textIn } from '../../json-value.ts';
import type { AnswerOf } from '../kit/answer-of.ts';
import { request } from '../kit/api.ts';
import { Empty } from '../kit/empty.tsx';
import { useEvents, type OrganizationEvent } from '../kit/events.ts';
import { timeText } from '../kit/format.ts';
import { useNextFrame } from '../kit/frames.ts';
import { IconPhone } from '../kit/icons.ts';
import { listRequest } from '../kit/inputs.ts';
import { listKey, useList } from '../kit/list.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import type { LoadedList } from '../kit/pages.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { columnsOf, VirtualTable } from '../kit/table.tsx';
import { RecentCalls, withCalls } from './live-calls.ts';
import type { People } from './names.ts';
import { directions } from './result.ts';
import { partiesOfState, silenceOf } from './state.ts';
import { usePeople } from './use-people.ts';
import { VerifiedCaller } from './verified-caller.tsx';

type LiveCall = AnswerOf<'get', '/Calls'>['calls'][number];

/** Milliseconds between two looks at the calls in progress: with events, and without. */
const intervals = { events: 15_000, none: 2_000 } as const;
const wanted = listRequest('GET /Calls', {});

/** Milliseconds between two looks that events cause, however many there are. */
const shortest = 500;

/** The states of a call, as people say them. */
export const stateTexts: Readonly<Record<LiveCall['status'], string>> = {
  created: t('Connecting'),
  trying: t('Connecting'),
  progress: t('Connecting'),
  early: t('Ringing'),
  ringing: t('Ringing'),
  answered: t('Talking'),
  hangup: t('Ended'),
};

const columnsFor = (people: People) =>
  columnsOf<LiveCall>([
    {
      id: 'source',
      header: t('From'),
      width: 200,
      cell: (call) => (
        <VerifiedCaller call={call}>
          <Anchor renderRoot={(props) => <Link to="/calls/$id" params={{ id: call.id }} {...props} />}>
            {partiesOfState(call, people).from}
          </Anchor>
        </VerifiedCaller>
      ),
    },
    { id: 'destination', header: t('To'), width: 200, cell: (call) => partiesOfState(call, people).to },
    {
      id: 'status',
      header: t('State'),
      width: 160,
      cell: (call) => (call.status === 'answered' ? silenceOf(call, people) : undefined) ?? stateTexts[call.status],
    },
    { id: 'direction', header: t('Direction'), width: 120, cell: ({ direction }) => directions[direction] },
    {
      id: 'started',
      header: t('Since'),
      width: 120,
      cell: ({ timestamps }) => timeText(timestamps.answered ?? timestamps.created),
    },
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

/** "Who speaks with whom now, and since when?" The calls in progress. */
export function LiveCallsPage() {
  const operations = useOperations('calls');
  const session = useSession();
  const people = usePeople();
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
    const columns = columnsFor(people);
    const actions = columnsOf<LiveCall>([
      {
        id: 'action',
        header: t('Actions'),
        width: 120,
        cell: ({ id }) => (
          <Button size="compact-sm" variant="default" onClick={() => mutate(id)}>
            {t('Hang up')}
          </Button>
        ),
      },
    ]);
    return canHangUp ? [...columns, ...actions] : columns;
  }, [canHangUp, mutate, people]);
  return (
    <Page title={t('Live calls')} requests={[list.request]}>
      <Problem error={list.error ?? hangUp.error} />
      <VirtualTable
        {...list}
        label={t('Live calls')}
        columns={all}
        empty={<Empty icon={IconPhone} text={t('No one is on the phone now.')} />}
      />
    </Page>
  );
}
