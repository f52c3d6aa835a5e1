import { Button, Group, Select, Text, TextInput } from '@mantine/core';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useMemo, useState, type SubmitEvent } from 'react';
import { at, textIn } from '../../json-value.ts';
import { DaysInput } from '../calls/days-input.tsx';
import { defaultDays } from '../calls/range.ts';
import { amountText } from '../kit/amounts.ts';
import { request, saveFile, type ApiRequest } from '../kit/api.ts';
import { ApiError } from '../kit/api-error.ts';
import { startOfDay } from '../kit/days.ts';
import { Empty } from '../kit/empty.tsx';
import { dateTimeText, numberText, shownZone } from '../kit/format.ts';
import { IconMessage } from '../kit/icons.ts';
import { Page, Problem } from '../kit/page.tsx';
import { pause } from '../kit/pause.ts';
import { SearchInput } from '../kit/search-input.tsx';
import { columnsOf, VirtualTable } from '../kit/table.tsx';
import { useToday } from '../kit/today.ts';
import { wordOf } from '../kit/words.ts';
import { t } from '../texts/texts.ts';
import { csvOfSms, smsDirections, smsSearchOf, type FoundSms, type LoggedSms, type SmsFilters } from './sms-search.ts';

const searchRequest = (body: object): ApiRequest => ({ method: 'POST', path: '/smslogs/search', body });

/** SMS of a request: those of a page of the table, and of a part of the file. */
const perPage = { table: 100, file: 400 } as const;

const pageRequest = (search: string, page: number, size: number): ApiRequest => ({
  method: 'POST',
  path: '/smslogs/download',
  body: { search_id: search, format: 'json', page, per_page: size },
});

const readPage = async (...page: Parameters<typeof pageRequest>): Promise<FoundSms> =>
  at(await request(pageRequest(...page)), 'data') as FoundSms;

/** Milliseconds between two questions for a result: doubled each time. */
const waits = { first: 200, longest: 2_000 } as const;

/** Starts a search, and waits for the first page of its result. @throws ApiError */
async function startSearch(body: object, signal: AbortSignal): Promise<FoundSms> {
  const search = textIn(at(await request(searchRequest(body)), 'data', 'search_id'));
  for (let wait: number = waits.first; ; wait = Math.min(2 * wait, waits.longest)) {
    await pause(wait);
    signal.throwIfAborted();
    try {
      return await readPage(search, 1, perPage.table);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'SEARCH_NOT_COMPLETE')) throw error;
    }
  }
}

/**
 * What a search has found, page by page. The search is a job of the API, whose result stays as it was found.
 *
 * @param askedAt Unix milliseconds: what is asked for again is found again
 */
function useFoundSms(body: object, askedAt: number) {
  const { data, error, isFetching, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['sms-log', body, askedAt],
    queryFn: ({ pageParam: next, signal }) =>
      next === null ? startSearch(body, signal) : readPage(next.search, next.page, perPage.table),
    initialPageParam: null as { readonly search: string; readonly page: number } | null,
    getNextPageParam: ({ search_id: search, page, total_pages: pages }) =>
      page < pages ? { search, page: page + 1 } : undefined,
    staleTime: Infinity,
  });
  const rows = useMemo(() => (data?.pages ?? []).flatMap(({ results }) => results), [data]);
  return {
    first: data?.pages[0],
    error,
    // What could not be read is not asked for again and again.
    table: { rows, hasMore: hasNextPage && error === null, isLoading: isFetching, more: () => void fetchNextPage() },
  };
}

const columns = columnsOf<LoggedSms>([
  { id: 'timestamp', header: t('Time'), width: 200, cell: ({ timestamp: at }) => dateTimeText(at) },
  { id: 'from', header: t('From'), width: 145 },
  { id: 'to', header: t('To'), width: 145 },
  { id: 'message', header: t('Text'), width: 180, cell: ({ message }) => <span title={message}>{message}</span> },
  { id: 'segments', header: t('Parts'), width: 70 },
  { id: 'status', header: t('State'), width: 175, cell: ({ status }) => wordOf(status) },
  // In the currency of the balance, which the log does not name.
  { id: 'cost', header: t('Cost'), width: 90, cell: ({ cost }) => amountText(cost, undefined, 'charge') },
]);

const noFilters: SmsFilters = { days: defaultDays, direction: 'all', from: '', to: '', content: '' };

/** Who wrote what to whom, did it arrive, and what did it cost? For a person that looks for one SMS, or for many. */
export function SmsLogPage() {
  const [{ filters, now }, setSought] = useState(() => ({ filters: noFilters, now: Date.now() }));
  const askedAt = Math.max(now, startOfDay(useToday(), shownZone()));
  const body = smsSearchOf(filters, askedAt, shownZone());
  const { first, error, table } = useFoundSms(body, askedAt);
  const isUnfiltered = Object.entries(filters).every(
    ([name, value]) => name === 'days' || value === at(noFilters, name),
  );
  const empty = isUnfiltered ? t('There were no SMS in these days.') : t('No SMS match.');
  return (
    <Page
      title={t('SMS log')}
      requests={[searchRequest(body), pageRequest(first?.search_id ?? 'search_…', 1, perPage.table)]}
      actions={<ExportSms of={first} />}
    >
      <FilterForm filters={filters} onSearch={(next) => setSought({ filters: next, now: Date.now() })} />
      <Text role="status" size="sm" mih={22}>
        {first !== undefined && foundText(first)}
      </Text>
      <Problem error={error} />
      <VirtualTable
        {...table}
        label={t('SMS log')}
        columns={columns}
        empty={<Empty icon={IconMessage} text={empty} />}
      />
    </Page>
  );
}

const foundText = ({ total_results: count, truncated }: FoundSms): string =>
  truncated
    ? t('The newest {count} SMS', { count: numberText(count) })
    : t('{count} SMS', { count: numberText(count) });

type FilterFormProps = {
  readonly filters: SmsFilters;
  readonly onSearch: (filters: SmsFilters) => void;
};

const isDirection = (value: string | null): value is SmsFilters['direction'] =>
  value !== null && Object.hasOwn(smsDirections, value);

/** What is chosen is searched for at once; what is typed, with the button or Enter. */
function FilterForm({ filters, onSearch }: FilterFormProps) {
  const [draft, setDraft] = useState(filters);
  const typed = (name: 'from' | 'to' | 'content') => ({
    value: draft[name],
    onChange: (value: string) => setDraft({ ...draft, [name]: value }),
  });
  const search = (more: Partial<SmsFilters> = {}): void => {
    const next = { ...draft, ...more };
    setDraft(next);
    onSearch(next);
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    search();
  };
  return (
    <form onSubmit={submit} aria-label={t('Filters')}>
      <Group gap="xs" align="start">
        <DaysInput days={draft.days} onChange={(days) => search({ days })} />
        <Select
          aria-label={t('Direction')}
          data={Object.entries(smsDirections).map(([value, label]) => ({ value, label }))}
          value={draft.direction}
          allowDeselect={false}
          w={180}
          onChange={(direction) => isDirection(direction) && search({ direction })}
        />
        <PartyInput label={t('From')} {...typed('from')} />
        <PartyInput label={t('To')} {...typed('to')} />
        <SearchInput label={t('With these words')} placeholder={t('With these words')} {...typed('content')} />
        <Button type="submit" variant="default">
          {t('Search')}
        </Button>
      </Group>
    </form>
  );
}

type PartyInputProps = { readonly label: string; readonly value: string; readonly onChange: (value: string) => void };

const PartyInput = ({ label, value, onChange }: PartyInputProps) => (
  <TextInput
    aria-label={label}
    placeholder={label}
    value={value}
    w={150}
    onChange={({ target }) => onChange(target.value)}
  />
);

/** All that was found. A CSV file of the API is a link to another host if it is large, which no page may read. */
async function fileOf({ search_id: search, total_results: count }: FoundSms): Promise<Blob> {
  const found: LoggedSms[] = [];
  const pages = Math.ceil(count / perPage.file);
  for (let page = 1; page <= pages; page += 1) found.push(...(await readPage(search, page, perPage.file)).results);
  return new Blob([csvOfSms(found)], { type: 'text/csv' });
}

function ExportSms({ of }: { readonly of: FoundSms | undefined }) {
  const save = useMutation({ mutationFn: async (found: FoundSms) => saveFile(await fileOf(found), 'sms.csv') });
  return (
    <>
      <Button
        variant="default"
        disabled={of === undefined || of.total_results === 0}
        loading={save.isPending}
        onClick={() => of !== undefined && save.mutate(of)}
      >
        {t('Save as CSV')}
      </Button>
      <Problem error={save.error} />
    </>
  );
}
