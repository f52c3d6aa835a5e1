import { Anchor, Group, Text } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { AnswerOf } from '../kit/answer-of.ts';
import { amountText } from '../kit/amounts.ts';
import { request, type Query } from '../kit/api.ts';
import { Empty } from '../kit/empty.tsx';
import { dateTimeText, durationText, numberText, shownZone } from '../kit/format.ts';
import { IconHistory } from '../kit/icons.ts';
import { listRequest } from '../kit/inputs.ts';
import { useList } from '../kit/list.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { SearchInput } from '../kit/search-input.tsx';
import { useAudience } from '../kit/selling.ts';
import { useSession } from '../kit/session.tsx';
import { columnsOf, VirtualTable } from '../kit/table.tsx';
import { useToday } from '../kit/today.ts';
import { t } from '../texts/texts.ts';
import { filtersOfTerms, termsOf, textOfTerms, unknownIn, type Term } from './call-search.ts';
import { chargeText, type Cdr } from './charge.ts';
import { ExportCalls } from './export-calls.tsx';
import { partiesOf, type People } from './names.ts';
import { DaysInput } from './days-input.tsx';
import { daysIn, filtersOfDays, type Days } from './range.ts';
import { results, resultOf } from './result.ts';
import { SavedSearches } from './saved-searches-bar.tsx';
import { Terms } from './search-terms.tsx';
import { usePeople } from './use-people.ts';
import { VerifiedCaller } from './verified-caller.tsx';

const columnsFor = (people: People, hasCosts: boolean) =>
  columnsOf<Cdr>([
    {
      id: 'start_time',
      header: t('Time'),
      width: 180,
      cell: ({ call_id: id, start_time: at }) => (
        <Anchor renderRoot={(props) => <Link to="/calls/$id" params={{ id }} search={{ at }} {...props} />}>
          {dateTimeText(at)}
        </Anchor>
      ),
    },
    {
      id: 'caller',
      header: t('From'),
      width: 190,
      cell: (cdr) => <VerifiedCaller call={cdr}>{partiesOf(cdr, people).from}</VerifiedCaller>,
    },
    { id: 'callee', header: t('To'), width: 190, cell: (cdr) => partiesOf(cdr, people).to },
    { id: 'result', header: t('Result'), width: 130, cell: (cdr) => results[resultOf(cdr)] },
    {
      id: 'talk',
      header: t('Talk time'),
      width: 100,
      cell: ({ disposition, billable_seconds: seconds }) => (disposition === 'ANSWERED' ? durationText(seconds) : ''),
    },
    ...(hasCosts ? [{ id: 'charge', header: t('Cost'), width: 120, cell: chargeText }] : []),
  ]);

/** The search in the address; typing changes it after a moment. */
type Sought = { readonly text: string; readonly days: Days };

/** Milliseconds after the last key until calls are searched for. */
const typingPause = 400;

/** What an address says of it. */
type Search = { readonly text?: unknown; readonly days?: unknown };

// A number in the address is one here, too.
const soughtIn = ({ text = '', days }: Search): Sought => ({
  text: typeof text === 'string' ? text : String(text),
  days: daysIn(days),
});

function useSought() {
  const sought = soughtIn(useSearch({ strict: false }));
  const navigate = useNavigate();
  /** Changes a part of what the address says by now, which may not be shown yet. */
  const seek = (part: Partial<Sought>): void =>
    void navigate({ to: '.', search: (now: Search) => ({ ...soughtIn(now), ...part }), replace: true });
  return { sought, seek };
}

/** What is typed, which is searched for after a moment; another search in the address replaces it. */
function useTyped({ text }: Sought, onTyped: (text: string) => void) {
  const [typed, setTyped] = useState(text);
  const sent = useRef(text);
  useEffect(() => {
    if (text !== sent.current) setTyped(text);
    sent.current = text;
  }, [text]);
  const send = useDebouncedCallback((next: string) => {
    sent.current = next;
    onTyped(next);
  }, typingPause);
  const change = (next: string): void => {
    setTyped(next);
    send(next);
  };
  return { typed, change };
}

const isEmpty = (query: Query): boolean => Object.values(query).every((value) => value === undefined);

/**
 * Who called whom, was it answered, and what did it cost? For a person that looks for one call, or for many; or, for
 * who listens to calls: which were recorded?
 */
export function CallSearchPage({ isOfRecorded = false }: { readonly isOfRecorded?: boolean }) {
  const session = useSession();
  const people = usePeople();
  const { sought, seek } = useSought();
  const { typed, change } = useTyped(sought, (text) => seek({ text }));
  const terms = useMemo(() => termsOf(sought.text, people.all), [sought.text, people]);
  const filters = filtersOfTerms(terms);
  const query: Query = {
    ...filters,
    ...filtersOfDays(sought.days, useToday(), shownZone()),
    ...(isOfRecorded ? { recorded: true } : {}),
  };
  const list = useList(listRequest('GET /cdr', query), ['data']);
  const isWorker = useAudience() === 'worker';
  const hasCosts = isWorker || isAllowed(session, ['billing:read']);
  const columns = useMemo(() => columnsFor(people, hasCosts), [people, hasCosts]);
  const set = (next: readonly Pick<Term, 'text'>[]): void => {
    const text = textOfTerms(next);
    change(text);
    seek({ text });
  };
  const ofNoFilter = isOfRecorded
    ? t('No calls were recorded in these days.')
    : t('There were no calls in these days.');
  const empty = isEmpty(filters) ? ofNoFilter : t('No calls match.');
  return (
    <Page
      title={isOfRecorded ? t('Recordings') : isWorker ? t('Calls') : t('Call history')}
      requests={[list.request]}
      actions={<ExportCalls key={JSON.stringify(query)} query={query} />}
    >
      <Group gap="xs" align="start">
        <SearchInput
          label={t('Find calls')}
          placeholder={t('Number, name, missed, >5 min, cost>1 …')}
          description={unknownText(unknownIn(terms))}
          value={typed}
          onChange={change}
        />
        <DaysInput days={sought.days} onChange={(days) => seek({ days })} />
      </Group>
      <Group gap="xs">
        <Terms terms={terms} people={people} onChange={set} />
        <SavedSearches
          draft={sought}
          onOpen={({ text = '', days = '' }) => {
            change(text);
            seek({ text, days: daysIn(days) });
          }}
        />
      </Group>
      <TotalsLine query={query} hasCosts={hasCosts} />
      <Problem error={list.error} />
      <VirtualTable {...list} label={t('Calls')} columns={columns} empty={<Empty icon={IconHistory} text={empty} />} />
    </Page>
  );
}

const unknownText = (words: readonly string[]): string =>
  words.length === 0 ? '' : t('Not understood, and left out: {words}', { words: words.join(', ') });

type Totals = NonNullable<AnswerOf<'get', '/cdr'>['totals']>;

function totalsText({ calls, answered, talk_seconds: seconds, charges }: Totals, hasCosts: boolean): string {
  const counts = t('{count, plural, one {# call} other {# calls}}', { count: calls });
  const costs = charges.map(({ amount, currency }) => amountText(amount, currency));
  return [
    counts,
    t('{count} answered', { count: numberText(answered) }),
    t('{time} talk time', { time: durationText(seconds) }),
    ...(hasCosts ? costs : []),
  ].join(' · ');
}

type TotalsLineProps = { readonly query: Query; readonly hasCosts: boolean };

/** The sums of all that is found. */
function TotalsLine({ query, hasCosts }: TotalsLineProps) {
  const { data: totals } = useQuery({
    queryKey: ['list', '/cdr', 'totals', query],
    queryFn: async () => {
      const wanted = { method: 'GET', path: '/cdr', query: { ...query, limit: 1, totals: true } };
      return ((await request(wanted)) as AnswerOf<'get', '/cdr'>).totals;
    },
  });
  return (
    <Text role="status" size="sm" mih={22}>
      {totals === undefined ? '' : totalsText(totals, hasCosts)}
      {totals?.complete === false && ` (${t('of the newest {count} calls', { count: numberText(totals.calls) })})`}
    </Text>
  );
}
