import { Anchor, Button, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { labelOf } from '../kit/form-fields.ts';
import { useList } from '../kit/list.ts';
import { operationOf, useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { shown, VirtualTable, type Column, type Row } from '../kit/table.tsx';
import { routesOf, type ResourcePages } from './resources.ts';

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

/** Resources of a kind, page by page, with a search where the API has one. */
export function ListPage({ of }: { readonly of: ResourcePages }) {
  const operations = useOperations(of.tag);
  const session = useSession();
  const routes = routesOf(of);
  const operation = operationOf(operations, routes.list);
  const search = operation.query.find(({ name }) => name === 'q' || name === 'search');
  const [text, setText] = useState('');
  const [wanted] = useDebouncedValue(text, 300);
  const list = useList(operation, of.path, search === undefined || wanted === '' ? {} : { [search.name]: wanted });
  const hasPage = operations.operations[routes.get] !== undefined;
  const columns = useMemo(() => columnsOf(of, hasPage), [of, hasPage]);
  const canCreate = routes.create !== undefined && isAllowed(session, operationOf(operations, routes.create).scopes);
  const create = canCreate && (
    <Button renderRoot={(props) => <Link to="/r/$key/$id" params={{ key: of.key, id: 'new' }} {...props} />}>
      New {of.noun}
    </Button>
  );
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
      <Problem error={list.error} />
      <VirtualTable {...list} label={of.title} columns={columns} empty={`No ${of.title.toLowerCase()} yet.`} />
    </Page>
  );
}
