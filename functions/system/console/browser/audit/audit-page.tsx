import { Anchor, Button, Group, Select, Stack, Text, Drawer } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { textIn } from '../../json-value.ts';
import { DaysInput } from '../calls/days-input.tsx';
import { defaultDays, filtersOfDays, type Days } from '../calls/range.ts';
import { usePeople } from '../calls/use-people.ts';
import { request, saveFile, type ApiRequest } from '../kit/api.ts';
import { DifferenceTable } from '../kit/difference-table.tsx';
import { exactTimeText, shownZone } from '../kit/format.ts';
import { useList } from '../kit/list.ts';
import { Page, Problem } from '../kit/page.tsx';
import { pageOf } from '../kit/pages.ts';
import { SearchInput } from '../kit/search-input.tsx';
import { useSession, useSigning } from '../kit/session.tsx';
import { columnsOf, VirtualTable } from '../kit/table.tsx';
import { Values } from '../kit/values.tsx';
import { t } from '../texts/texts.ts';
import { areas, chainText, changesOf, storyOf, type Entry } from './entry.ts';

const listAt = ['data', 'results'];

type Filters = { readonly text: string; readonly person: string; readonly area: string; readonly days: Days };

const noFilters: Filters = { text: '', person: '', area: '', days: defaultDays };

function searchOf(organization: string, { text, person, area, days }: Filters, now: number): ApiRequest {
  const { start, end } = filtersOfDays(days, now, shownZone());
  return {
    method: 'POST',
    path: `/eventlog/${organization}`,
    body: {
      date_from: start,
      ...(end === undefined ? {} : { date_to: end }),
      ...(text === '' ? {} : { search_text: text }),
      ...(person === '' ? {} : { actor_id: person }),
      ...(area === '' ? {} : { event_types: [`${area}.*`] }),
      per_page: 100,
    },
  };
}

/** "Who changed what, when and from where?" For who must find out what happened, and prove it. */
export function AuditPage() {
  const { organization } = useSigning();
  const { org_id: own } = useSession();
  const [filters, setFilters] = useState(noFilters);
  const [text] = useDebouncedValue(filters.text, 400);
  const [now] = useState(Date.now);
  const [open, setOpen] = useState<Entry | null>(null);
  const wanted = searchOf(organization ?? own, { ...filters, text }, now);
  const list = useList(wanted, listAt);
  const columns = useMemo(
    () =>
      columnsOf<Entry>([
        { id: 'created_at', header: t('Time'), width: 190, cell: ({ created_at: at }) => exactTimeText(at) },
        {
          id: 'what',
          header: t('What happened'),
          width: 420,
          cell: (entry) => (
            <Anchor component="button" type="button" onClick={() => setOpen(entry)}>
              {storyOf(entry)}
            </Anchor>
          ),
        },
        { id: 'ip_address', header: t('From where'), width: 150 },
      ]),
    [],
  );
  return (
    <Page title={t('Audit log')} requests={[list.request]} actions={<ExportEntries of={wanted} />}>
      <FilterBar filters={filters} now={now} onChange={setFilters} />
      <Problem error={list.error} />
      <VirtualTable
        {...list}
        label={t('Audit log')}
        columns={columns}
        empty={t('Nothing was changed in these days.')}
      />
      {open !== null && <EntryDrawer entry={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

type FilterBarProps = {
  readonly filters: Filters;
  readonly now: number;
  readonly onChange: (filters: Filters) => void;
};

function FilterBar({ filters, now, onChange }: FilterBarProps) {
  const users = usePeople().all.filter(({ isUser }) => isUser);
  const set = (more: Partial<Filters>): void => onChange({ ...filters, ...more });
  return (
    <Group gap="xs">
      <SearchInput value={filters.text} onChange={(text) => set({ text })} />
      <Select
        aria-label={t('Person')}
        placeholder={t('Everybody')}
        data={users.map(({ id, name }) => ({ value: id, label: name }))}
        searchable
        clearable
        value={filters.person === '' ? null : filters.person}
        onChange={(person) => set({ person: person ?? '' })}
      />
      <Select
        aria-label={t('What it is about')}
        placeholder={t('Everything')}
        data={Object.entries(areas).map(([value, label]) => ({ value, label }))}
        searchable
        clearable
        value={filters.area === '' ? null : filters.area}
        onChange={(area) => set({ area: area ?? '' })}
      />
      <DaysInput days={filters.days} now={now} onChange={(days) => set({ days })} />
    </Group>
  );
}

type EntryDrawerProps = { readonly entry: Entry; readonly onClose: () => void };

/** One entry: what it has changed, field by field, and where it is in the chain. */
function EntryDrawer({ entry, onClose }: EntryDrawerProps) {
  const changes = changesOf(entry);
  const from = [entry.ip_address, entry.user_agent].filter((each) => each !== null).join(' · ');
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={storyOf(entry)}>
      <Stack gap="sm">
        <Text size="sm">
          {exactTimeText(entry.created_at)}
          {from !== '' && ` · ${from}`}
        </Text>
        <Text size="sm">{entry.description}</Text>
        {changes.length > 0 && <DifferenceTable of={changes} />}
        <Text size="sm" c="dimmed">
          {chainText(entry)}
        </Text>
        <details>
          <summary>{t('Details')}</summary>
          <Values of={entry} />
        </details>
      </Stack>
    </Drawer>
  );
}

/** Entries of a request, and of a file at most. */
const [perPage, mostExported] = [500, 10_000];

/** The entries of a search, a line of JSON each, as `bin/verify-event-log.ts` reads them. */
async function linesOf(first: ApiRequest): Promise<string> {
  const lines: string[] = [];
  let token = '';
  do {
    const body = {
      ...(Object(first.body) as object),
      per_page: perPage,
      ...(token === '' ? {} : { page_token: token }),
    };
    const page = pageOf(await request({ ...first, body }), listAt);
    lines.push(...page.rows.map((row) => JSON.stringify(row)));
    token = textIn(page.next);
  } while (token !== '' && lines.length < mostExported);
  return `${lines.join('\n')}\n`;
}

function ExportEntries({ of }: { readonly of: ApiRequest }) {
  const save = useMutation({
    mutationFn: async () => saveFile(new Blob([await linesOf(of)], { type: 'application/jsonl' }), 'audit-log.jsonl'),
  });
  return (
    <>
      <Button variant="default" loading={save.isPending} onClick={() => save.mutate()}>
        {t('Export')}
      </Button>
      <Problem error={save.error} />
    </>
  );
}
