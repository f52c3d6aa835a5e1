import { Anchor, Button, Group, Select, SimpleGrid, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type SubmitEvent } from 'react';
import type { Query } from '../kit/api.ts';
import { labelOf } from '../kit/form-fields.ts';
import { useList } from '../kit/list.ts';
import { operationOf, useOperations, type Operation } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { shown, textOf, VirtualTable, type Column } from '../kit/table.tsx';

type Filter = Operation['query'][number];

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

const choicesOf = ({ schema }: Filter): readonly string[] => {
  const { enum: choices } = schema;
  return Array.isArray(choices) ? choices.map(String) : [];
};

function FilterInput({ of, value, onChange }: { of: Filter; value: string; onChange: (value: string) => void }) {
  const common = { label: labelOf(of.name), value };
  const choices = choicesOf(of);
  return choices.length > 0 ? (
    <Select {...common} data={[...choices]} clearable onChange={(next) => onChange(next ?? '')} />
  ) : (
    <TextInput
      {...common}
      type={isInstant(of) ? 'datetime-local' : 'text'}
      title={of.description}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

const isInstant = ({ schema }: Filter): boolean => schema['format'] === 'date-time';

/** Instants are typed in the time zone of the browser, and sent in UTC. */
const queryOf = (filters: readonly Filter[], draft: Draft): Query =>
  Object.fromEntries(
    filters.flatMap((filter) => {
      const value = draft[filter.name] ?? '';
      if (value === '') return [];
      return [[filter.name, isInstant(filter) ? new Date(value).toISOString() : value]];
    }),
  );

type Draft = Readonly<Record<string, string>>;

/** Every filter of the list of call detail records. */
export function CallSearchPage() {
  const operation = operationOf(useOperations('billing'), 'GET /cdr');
  const queries = useQueryClient();
  const [draft, setDraft] = useState<Draft>({});
  const [query, setQuery] = useState<Query>({});
  const list = useList(operation, '/cdr', query);
  const filters = operation.query.filter(({ name }) => name !== 'org_id' && name !== '');
  const search = (event: SubmitEvent): void => {
    event.preventDefault();
    setQuery(queryOf(filters, draft));
    // The same search again shows what is new.
    void queries.invalidateQueries({ queryKey: ['list', '/cdr'] });
  };
  return (
    <Page title="Call search" requests={[list.request]}>
      <form onSubmit={search} aria-label="Filters">
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
          {filters.map((filter) => (
            <FilterInput
              key={filter.name}
              of={filter}
              value={draft[filter.name] ?? ''}
              onChange={(value) => setDraft((all) => ({ ...all, [filter.name]: value }))}
            />
          ))}
        </SimpleGrid>
        <Group mt="sm">
          <Button type="submit">Search</Button>
          <Text role="status">{list.total === null ? '' : `${list.total} calls`}</Text>
        </Group>
      </form>
      <Problem error={list.error} />
      <VirtualTable {...list} label="Call detail records" columns={columns} empty="No calls match." />
    </Page>
  );
}
