import { Anchor, Button, SegmentedControl } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { AnswerOf } from '../kit/answer-of.ts';
import type { Query } from '../kit/api.ts';
import { FilterForm } from '../kit/filters.tsx';
import { labelOf } from '../kit/form-fields.ts';
import { filtersOf, listRequest } from '../kit/inputs.ts';
import { useList } from '../kit/list.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { columnsOf, VirtualTable } from '../kit/table.tsx';
import { labelOfKind } from '../kit/targets.ts';

const key = 'numbers';
const searchRoute = 'POST /numbers/search';

type Found = AnswerOf<'post', '/numbers/search'>['data'][number];
type OwnNumber = Extract<Found, { readonly organization_id: string }>;

/** What has a number leads to the page of it. */
const number = {
  id: 'number',
  header: 'Number',
  cell: ({ number: id }: Found) => (
    <Anchor renderRoot={(props) => <Link to="/r/$key/$id" params={{ key, id }} {...props} />}>{id}</Anchor>
  ),
};

const routeOf = ({ route }: OwnNumber): string => (route === null ? '–' : labelOfKind(route.type));

const common = (['country', 'type'] as const).map((id) => ({ id, header: labelOf(id), width: 110 }));

/** Both lists are one search; they have other columns, and other filters. */
const lists = {
  own: {
    label: 'Your numbers',
    filters: ['prefix', 'contains', 'label', 'state', 'route_type'],
    columns: columnsOf<OwnNumber>([
      number,
      { id: 'label', header: 'Label' },
      ...common,
      { id: 'state', header: 'State', width: 110 },
      { id: 'route', header: 'Calls go to', cell: routeOf },
    ]),
    empty: 'No numbers yet. Take one from those that are available.',
  },
  available: {
    label: 'Available',
    filters: ['country', 'type', 'prefix', 'contains', 'capabilities'],
    columns: columnsOf<Found>([
      number,
      ...common,
      { id: 'capabilities', header: 'Capabilities' },
      { id: 'monthly_fee', header: 'Monthly fee', width: 110 },
    ]),
    empty: 'No number is available.',
  },
} as const;
type Scope = keyof typeof lists;

/** The numbers of the organization, and those that it can take. */
export function NumbersPage() {
  const session = useSession();
  const operations = useOperations('telephony');
  const [scope, setScope] = useState<Scope>('own');
  const [query, setQuery] = useState<Query>({});
  const { filters, columns, label, empty } = lists[scope];
  const list = useList(listRequest(searchRoute, { ...query, scope }));
  const all = filtersOf(operationOf(operations, searchRoute), operations);
  // Who sells numbers adds them to those that are available.
  const canAdd = session.reach !== 'own' && isAllowed(session, operationOf(operations, 'PUT /numbers/{id}').scopes);
  const add = canAdd && (
    <Button renderRoot={(props) => <Link to="/r/$key/$id" params={{ key, id: 'new' }} {...props} />}>New number</Button>
  );
  return (
    <Page title="Numbers" requests={[list.request]} actions={add}>
      <SegmentedControl
        aria-label="Which numbers"
        data={Object.entries(lists).map(([value, each]) => ({ value, label: each.label }))}
        value={scope}
        onChange={(next) => {
          setScope(next as Scope);
          setQuery({});
        }}
      />
      <FilterForm
        key={scope}
        filters={filters.flatMap((name) => all.find((each) => each.name === name) ?? [])}
        onSearch={setQuery}
      />
      <Problem error={list.error} />
      <VirtualTable key={`${scope} table`} {...list} label={label} columns={columns} empty={empty} />
    </Page>
  );
}
