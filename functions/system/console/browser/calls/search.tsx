import { Anchor, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Query } from '../kit/api.ts';
import { FilterForm } from '../kit/filters.tsx';
import { filtersOf, listRequest } from '../kit/inputs.ts';
import { useList } from '../kit/list.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { shown, textOf, VirtualTable, type Column } from '../kit/table.tsx';

const columns: readonly Column[] = [
  {
    id: 'start_time',
    header: 'Begin',
    width: 200,
    cell: (row) => (
      <Anchor
        renderRoot={(props) => (
          <Link
            to="/calls/$id"
            params={{ id: textOf(row['call_id']) }}
            search={{ at: textOf(row['start_time']) }}
            {...props}
          />
        )}
      >
        {shown(row['start_time'])}
      </Anchor>
    ),
  },
  { id: 'caller', header: 'Caller' },
  { id: 'callee', header: 'Called' },
  { id: 'direction', header: 'Direction', width: 120 },
  { id: 'disposition', header: 'Outcome', width: 140 },
  { id: 'duration', header: 'Seconds', width: 100 },
  { id: 'cost', header: 'Cost', cell: (row) => costOf(row['cost']) },
];

const costOf = (cost: unknown): string => {
  const { total, amount, currency } = Object(cost) as Readonly<Record<string, unknown>>;
  return typeof cost === 'object' && cost !== null ? `${shown(total ?? amount)} ${shown(currency)}` : shown(cost);
};

/** Every filter of the list of call detail records. */
export function CallSearchPage() {
  const operations = useOperations('billing');
  const operation = operationOf(operations, 'GET /cdr');
  const queries = useQueryClient();
  const [query, setQuery] = useState<Query>({});
  const list = useList(listRequest('GET /cdr', query), operation.listAt);
  const search = (next: Query): void => {
    setQuery(next);
    // The same search again shows what is new.
    void queries.invalidateQueries({ queryKey: ['list', '/cdr'] });
  };
  return (
    <Page title="Call search" requests={[list.request]}>
      <FilterForm filters={filtersOf(operation, operations)} onSearch={search}>
        <Text role="status">{list.total === null ? '' : `${list.total} calls`}</Text>
      </FilterForm>
      <Problem error={list.error} />
      <VirtualTable {...list} label="Call detail records" columns={columns} empty="No calls match." />
    </Page>
  );
}
