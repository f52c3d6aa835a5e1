import { Anchor, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Query } from '../kit/api.ts';
import { countOf } from '../kit/count.ts';
import { FilterForm, queryOf, type Draft } from '../kit/filters.tsx';
import { filtersOf, listRequest } from '../kit/inputs.ts';
import { listKey, useList } from '../kit/list.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { columnsOf, shown, VirtualTable } from '../kit/table.tsx';
import { chargeText, type Cdr } from './charge.ts';
import { ExportCalls } from './export-calls.tsx';
import { SavedSearches } from './saved-searches-bar.tsx';

const columns = columnsOf<Cdr>([
  {
    id: 'start_time',
    header: 'Begin',
    width: 200,
    cell: ({ call_id: id, start_time: at }) => (
      <Anchor renderRoot={(props) => <Link to="/calls/$id" params={{ id }} search={{ at }} {...props} />}>
        {shown(at)}
      </Anchor>
    ),
  },
  { id: 'caller', header: 'Caller' },
  { id: 'callee', header: 'Called' },
  { id: 'direction', header: 'Direction', width: 120 },
  { id: 'disposition', header: 'Outcome', width: 140 },
  { id: 'duration', header: 'Seconds', width: 100 },
  { id: 'charge', header: 'Cost', cell: chargeText },
]);

type Shown = {
  readonly query: Query;
  /** What was typed for it. */
  readonly draft: Draft;
  /** Number of the form, which begins once more with each saved search. */
  readonly form: number;
};

/** Every filter of the list of call detail records. */
export function CallSearchPage() {
  const operations = useOperations('billing');
  const operation = operationOf(operations, 'GET /cdr');
  const queries = useQueryClient();
  const [{ query, draft, form }, setShown] = useState<Shown>({ query: {}, draft: {}, form: 0 });
  const filters = filtersOf(operation, operations);
  const list = useList(listRequest('GET /cdr', query), operation.listAt);
  const search = (next: Shown): void => {
    // A search begins at its first page, with one request: reading its earlier pages again would take one for each.
    void queries.resetQueries({ queryKey: listKey(listRequest('GET /cdr', next.query)), exact: true });
    setShown(next);
  };
  return (
    <Page title="Call search" requests={[list.request]}>
      <FilterForm
        key={form}
        filters={filters}
        initial={draft}
        onSearch={(next, typed) => search({ query: next, draft: typed, form })}
      >
        <Text role="status">{list.total === null ? '' : countOf(list.total, 'call')}</Text>
        <ExportCalls key={JSON.stringify(query)} query={query} />
      </FilterForm>
      <SavedSearches
        draft={draft}
        onOpen={(saved) => search({ query: queryOf(filters, saved), draft: saved, form: form + 1 })}
      />
      <Problem error={list.error} />
      <VirtualTable {...list} label="Call detail records" columns={columns} empty="No calls match." />
    </Page>
  );
}
