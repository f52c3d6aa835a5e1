import { Card, Group, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { t } from '../texts/texts.ts';
import { isObject } from '../../json-value.ts';
import { request, type Query } from '../kit/api.ts';
import { ApiError } from '../kit/api-error.ts';
import { FilterForm } from '../kit/filters.tsx';
import type { FormValues } from '../kit/form-fields.ts';
import { labelOf } from '../kit/words.ts';
import { filledIn, filtersOf, listRequest } from '../kit/inputs.ts';
import { useList } from '../kit/list.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations, useOperationsOf } from '../kit/operations.ts';
import { Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { shownWord, type Row } from '../kit/shown.ts';
import { VirtualTable } from '../kit/table.tsx';
import { Values } from '../kit/values.tsx';
import { Action, OperationForm } from './action.tsx';
import { contentOf, resourceIn } from './answers.ts';
import type { Fact, Part } from './definitions.ts';

/** What there is of a resource beside its own form: lists, values, further forms and actions. */

type PartProps<Of extends Part = Part> = {
  readonly of: Of;
  readonly tag: string;
  /** Variables of the path that are known. */
  readonly known: readonly string[];
};

type PartOf<Kind extends Part['kind']> = Extract<Part, { readonly kind: Kind }>;

/** Whether what the list needs is filled in. */
const isComplete = (filters: readonly { readonly name: string; readonly isRequired: boolean }[], query: Query) =>
  filters.every(({ name, isRequired }) => !isRequired || query[name] !== undefined);

function ListPart({ of, tag, known }: PartProps<PartOf<'list'>>) {
  const operations = useOperations(tag);
  const operation = operationOf(operations, of.route);
  const [query, setQuery] = useState<Query>({});
  const filters = of.isFiltered === true ? filtersOf(operation, operations) : [];
  const wanted = listRequest(of.route, { ...of.query, ...query }, ...known);
  const list = useList(wanted, of.listAt ?? operation.listAt, { isEnabled: isComplete(filters, query) });
  const columns = useMemo(
    () =>
      of.columns.map((id) => ({
        id,
        header: labelOf(id),
        cell: (row: Row) => of.cells?.[id]?.(row) ?? shownWord(row[id]),
      })),
    [of],
  );
  return (
    <>
      {filters.length > 0 && (
        <FilterForm filters={filters} onSearch={setQuery}>
          <Text role="status">{list.total === null ? '' : t('{count} found', { count: list.total })}</Text>
        </FilterForm>
      )}
      <Problem error={list.error} />
      <VirtualTable {...list} label={of.title} columns={columns} empty={t('There are none.')} />
    </>
  );
}

function contentQuery(of: PartOf<'values' | 'form'>, known: readonly string[]) {
  const path = filledIn(of.route, ...known);
  return {
    queryKey: ['part', path, of.query],
    queryFn: async () => contentOf(await request({ method: 'GET', path, ...(of.query ? { query: of.query } : {}) })),
  };
}

const Facts = ({ of }: { readonly of: readonly Fact[] }) => (
  <Table layout="auto">
    <Table.Tbody>
      {of.map(([label, text]) => (
        <Table.Tr key={label}>
          <Table.Th scope="row" w={200}>
            {label}
          </Table.Th>
          <Table.Td>{text}</Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
);

function ValuesPart({ of, known }: PartProps<PartOf<'values'>>) {
  const { data, error } = useQuery(contentQuery(of, known));
  return (
    <>
      <Problem error={error} />
      {data !== undefined && (of.facts === undefined ? <Values of={data} /> : <Facts of={of.facts(data)} />)}
    </>
  );
}

function FormPart({ of, tag, known }: PartProps<PartOf<'form'>>) {
  const session = useSession();
  const operations = useOperations(tag);
  const content = contentQuery(of, known);
  const { data, error, dataUpdatedAt } = useQuery(content);
  const canSave = isAllowed(session, operationOf(operations, of.save).scopes);
  // What has not been set up yet is set up by the same form.
  const isMissing = error instanceof ApiError && error.status === 404;
  if (error !== null && !isMissing) return <Problem error={error} />;
  if (!isMissing && !isObject(data)) return null;
  if (!canSave && isMissing) return <Text>{t('Not set up.')}</Text>;
  const before = isObject(data) ? (data as FormValues) : {};
  const { help, form, namedBy } = of;
  return (
    <OperationForm
      key={dataUpdatedAt}
      {...{ tag, route: of.save, id: known[0], submit: t('Save'), before, help, arrangement: form, namedBy }}
      read={async () => resourceIn(await content.queryFn())}
      isReadOnly={!canSave}
    />
  );
}

function PartContent({ of, tag, known }: PartProps) {
  switch (of.kind) {
    case 'list':
      return <ListPart of={of} tag={tag} known={known} />;
    case 'values':
      return <ValuesPart of={of} tag={tag} known={known} />;
    case 'form':
      return <FormPart of={of} tag={tag} known={known} />;
    case 'action':
      return (
        <OperationForm
          {...{ tag, route: of.route, id: known[0], submit: of.title, help: of.help, arrangement: of.form }}
        />
      );
  }
}

/** A part that is read when it is opened. */
function PartSection(props: PartProps) {
  const [isOpen, setOpen] = useState(false);
  const { title } = props.of;
  return (
    <Card withBorder>
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>{title}</summary>
        {isOpen && <PartContent {...props} />}
      </details>
    </Card>
  );
}

type PartsProps = {
  readonly parts: readonly Part[];
  /** Tag of the operations that name none. */
  readonly tag: string;
  readonly known: readonly string[];
};

const tagOf = (part: Part, tag: string): string => part.tag ?? tag;

/** The parts whose operation the person may use. */
function useAllowed(parts: readonly Part[], tag: string): readonly Part[] {
  const session = useSession();
  const tags = [...new Set(parts.map((part) => tagOf(part, tag)))];
  const byTag = useOperationsOf(tags);
  return parts.filter((part) => {
    const operations = byTag.get(tagOf(part, tag));
    return operations !== undefined && isAllowed(session, operationOf(operations, part.route).scopes);
  });
}

/** Buttons of the actions. */
export function Actions({ parts, tag, known }: PartsProps) {
  const allowed = useAllowed(parts, tag).filter((part) => part.kind === 'action');
  return (
    <Group gap="xs">
      {allowed.map(({ title, route, help, form, ...part }) => (
        <Action
          key={route}
          {...{ title, tag: tagOf({ title, route, ...part }, tag), route, id: known[0], help, arrangement: form }}
        />
      ))}
    </Group>
  );
}

/** What can be opened beside the form. */
export function Sections({ parts, tag, known }: PartsProps) {
  const allowed = useAllowed(parts, tag).filter(({ kind }) => kind !== 'action');
  return allowed.map((part) => (
    <PartSection key={`${known.join(' ')} ${part.title}`} of={part} tag={tagOf(part, tag)} known={known} />
  ));
}

/** All parts, as a page of its own. */
export function OpenParts({ parts, tag, known }: PartsProps) {
  return useAllowed(parts, tag).map((part) => (
    <div key={part.title}>
      {parts.length > 1 && (
        <Title order={2} size="h4" mb="sm">
          {part.title}
        </Title>
      )}
      <PartContent of={part} tag={tagOf(part, tag)} known={known} />
    </div>
  ));
}
