import { Anchor, Button, Group, Select, Stack, Text, Drawer } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { DaysInput } from '../calls/days-input.tsx';
import { defaultDays, filtersOfDays, type Days } from '../calls/range.ts';
import { largestPage, readAll } from '../kit/all-rows.ts';
import { request, saveFile, type ApiRequest } from '../kit/api.ts';
import { DifferenceTable } from '../kit/difference-table.tsx';
import { exactTimeText, shownZone } from '../kit/format.ts';
import { useList } from '../kit/list.ts';
import { Page, Problem } from '../kit/page.tsx';
import { SearchInput } from '../kit/search-input.tsx';
import { useSession, useSigning } from '../kit/session.tsx';
import { columnsOf, VirtualTable } from '../kit/table.tsx';
import { TargetPicker } from '../kit/target-picker.tsx';
import { useToday } from '../kit/today.ts';
import { Values } from '../kit/values.tsx';
import { t } from '../texts/texts.ts';
import { areas, chainText, changesOf, storyOf, type Entry } from './entry.ts';

const listAt = ['data', 'results'];

type Filters = { readonly text: string; readonly person: string; readonly area: string; readonly days: Days };

const noFilters: Filters = { text: '', person: '', area: '', days: defaultDays };

function searchOf(organization: string, { text, person, area, days }: Filters, today: string): ApiRequest {
  const { start, end } = filtersOfDays(days, today, shownZone());
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

/**
 * "Who changed what, when and from where?" For who must find out what happened, and prove it. Or who signed in, or
 * could not: for who watches over accounts.
 */
export function AuditPage({ title = t('Audit log'), area = '' }: { readonly title?: string; readonly area?: string }) {
  const { organization } = useSigning();
  const { org_id: own } = useSession();
  const [filters, setFilters] = useState({ ...noFilters, area });
  const [text] = useDebouncedValue(filters.text, 400);
  const [open, setOpen] = useState<Entry | null>(null);
  const wanted = searchOf(organization ?? own, { ...filters, text }, useToday());
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
    <Page title={title} requests={[list.request]} actions={<ExportEntries of={wanted} />}>
      <FilterBar filters={filters} hasAreas={area === ''} onChange={setFilters} />
      <Problem error={list.error} />
      <VirtualTable {...list} label={title} columns={columns} empty={t('Nothing was changed in these days.')} />
      {open !== null && <EntryDrawer entry={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

type FilterBarProps = {
  readonly filters: Filters;
  readonly hasAreas: boolean;
  readonly onChange: (filters: Filters) => void;
};

function FilterBar({ filters, hasAreas, onChange }: FilterBarProps) {
  const set = (more: Partial<Filters>): void => onChange({ ...filters, ...more });
  return (
    <Group gap="xs">
      <SearchInput value={filters.text} onChange={(text) => set({ text })} />
      <TargetPicker
        kind="user"
        aria-label={t('Person')}
        placeholder={t('Everybody')}
        error={null}
        value={filters.person}
        onChange={(person) => set({ person })}
      />
      {hasAreas && (
        <Select
          aria-label={t('What it is about')}
          placeholder={t('Everything')}
          data={Object.entries(areas).map(([value, label]) => ({ value, label }))}
          searchable
          clearable
          value={filters.area === '' ? null : filters.area}
          onChange={(area) => set({ area: area ?? '' })}
        />
      )}
      <DaysInput days={filters.days} onChange={(days) => set({ days })} />
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

/** The entries of a search, a line of JSON each, as `bin/verify-event-log.ts` reads them. */
async function linesOf(search: ApiRequest): Promise<string> {
  const body = { ...(Object(search.body) as object), per_page: largestPage };
  const { rows } = await readAll(request, { ...search, body }, { listAt });
  return `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
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
