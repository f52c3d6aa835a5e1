import { Anchor, Button, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Query } from '../kit/api.ts';
import { FilterForm } from '../kit/filters.tsx';
import { labelOf } from '../kit/form-fields.ts';
import { filtersOf, listRequest } from '../kit/inputs.ts';
import { useList } from '../kit/list.ts';
import { findOperation, operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { shown, VirtualTable, type Column, type Row } from '../kit/table.tsx';
import { hasPage, routesOf, type ResourcePages } from './definitions.ts';

const idOf = ({ idField = 'id' }: ResourcePages, row: Row): string => String(row[idField]);

/** The first column leads to the page of the resource, if it has one. */
function columnsOf(of: ResourcePages, hasPage: boolean): readonly Column[] {
  return of.columns.map((id, at) => ({
    id,
    header: labelOf(id),
    ...(at === 0 && hasPage
      ? {
          width: 220,
          cell: (row: Row) => (
            <Anchor
              renderRoot={(props) => <Link to="/r/$key/$id" params={{ key: of.key, id: idOf(of, row) }} {...props} />}
            >
              {shown(row[id])}
            </Anchor>
          ),
        }
      : {}),
  }));
}

/** Resources of a kind, page by page, with the filters that the API has. */
export function ListPage({ of }: { readonly of: ResourcePages }) {
  const operations = useOperations(of.tag);
  const session = useSession();
  const routes = routesOf(of);
  const operation = operationOf(operations, routes.list);
  const filters = filtersOf(operation, operations);
  const search = filters.find(({ name }) => ['q', 'search', 'contains'].includes(name));
  const [text, setText] = useState('');
  const [wanted] = useDebouncedValue(text, 300);
  const [query, setQuery] = useState<Query>({});
  const searched = search === undefined || wanted === '' ? {} : { [search.name]: wanted };
  const list = useList(listRequest(routes.list, { ...query, ...searched }), operation.listAt);
  const isLinked = hasPage(of, findOperation(operations, routes.get) !== undefined);
  const columns = useMemo(() => columnsOf(of, isLinked), [of, isLinked]);
  const canCreate = routes.create !== undefined && isAllowed(session, operationOf(operations, routes.create).scopes);
  const create = canCreate && (
    <Button renderRoot={(props) => <Link to="/r/$key/$id" params={{ key: of.key, id: 'new' }} {...props} />}>
      New {of.noun}
    </Button>
  );
  const others = filters.filter((filter) => filter !== search);
  return (
    <Page title={of.title} requests={[list.request]} actions={create}>
      {search !== undefined && (
        <TextInput
          type="search"
          label="Search"
          description={search.description}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      )}
      {others.length > 0 && (
        <details>
          <summary>Filters</summary>
          <FilterForm filters={others} onSearch={setQuery} />
        </details>
      )}
      <Problem error={list.error} />
      <VirtualTable {...list} label={of.title} columns={columns} empty={`No ${nounsOf(of)} yet.`} />
    </Page>
  );
}

/** `SMS` stays as it is. */
const nounsOf = ({ title }: ResourcePages): string =>
  title.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
