import { Anchor, Button, Group, Popover } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { t } from '../texts/texts.ts';
import type { Query } from '../kit/api.ts';
import { Empty } from '../kit/empty.tsx';
import { FilterForm, type Draft } from '../kit/filters.tsx';
import { labelOf } from '../kit/words.ts';
import { filtersOf, listRequest } from '../kit/inputs.ts';
import { useList } from '../kit/list.ts';
import { findOperation, operationOf } from '../kit/operation.ts';
import { titleAt } from '../kit/navigation.ts';
import { useOperations, type Parameter } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { SearchInput } from '../kit/search-input.tsx';
import { useAudience } from '../kit/selling.ts';
import { useSession } from '../kit/session.tsx';
import { shown, type Row } from '../kit/shown.ts';
import { VirtualTable, type Column } from '../kit/table.tsx';
import { hasPage, routesOf, type ResourcePages } from './definitions.ts';

const idOf = ({ idField = 'id' }: ResourcePages, row: Row): string => String(row[idField]);

const textIn = ({ cells }: ResourcePages, row: Row, id: string): string => cells?.[id]?.(row) ?? shown(row[id]);

/** The first column links to the page of the resource, if it has one. */
function columnsOf(of: ResourcePages, hasPage: boolean): readonly Column[] {
  return of.columns.map((id, at) => ({
    id,
    header: labelOf(id),
    cell: (row: Row) => textIn(of, row, id),
    ...(at === 0 && hasPage
      ? {
          width: 220,
          cell: (row: Row) => (
            <Anchor
              renderRoot={(props) => <Link to="/r/$key/$id" params={{ key: of.key, id: idOf(of, row) }} {...props} />}
            >
              {textIn(of, row, id)}
            </Anchor>
          ),
        }
      : {}),
  }));
}

/** "Which of these do we have?" Resources of a kind, page by page, with the filters that the API has. */
export function ListPage({ of }: { readonly of: ResourcePages }) {
  const operations = useOperations(of.tag);
  const session = useSession();
  const title = titleAt(`/r/${of.key}`, useAudience()) ?? of.title;
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
      {of.newTitle}
    </Button>
  );
  const others = filters.filter((filter) => filter !== search);
  const { empty = t('Nothing here yet.') } = of;
  return (
    <Page title={title} requests={[list.request]} actions={create}>
      <Group gap="xs">
        {search !== undefined && <SearchInput value={text} onChange={setText} />}
        {others.length > 0 && <Filters filters={others} onSearch={setQuery} />}
      </Group>
      <Problem error={list.error} />
      <VirtualTable {...list} label={title} columns={columns} empty={<Empty text={empty} action={create} />} />
    </Page>
  );
}

type FiltersProps = { readonly filters: readonly Parameter[]; readonly onSearch: (query: Query) => void };

/** Filters that are seldom needed, behind a button that says how many are set. */
function Filters({ filters, onSearch }: FiltersProps) {
  const [draft, setDraft] = useState<Draft>({});
  const count = Object.values(draft).filter((value) => value !== '').length;
  return (
    <Popover width={420} position="bottom-start" trapFocus>
      <Popover.Target>
        <Button variant="default">{count === 0 ? t('Filters') : t('Filters ({count})', { count })}</Button>
      </Popover.Target>
      <Popover.Dropdown>
        <FilterForm
          filters={filters}
          initial={draft}
          onSearch={(query, typed) => {
            setDraft(typed);
            onSearch(query);
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
