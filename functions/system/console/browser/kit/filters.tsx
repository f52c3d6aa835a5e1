import { Button, Group, Select, SimpleGrid, TextInput } from '@mantine/core';
import { useState, type ReactNode, type SubmitEvent } from 'react';
import { t } from '../texts/texts.ts';
import { isObject, listIn } from '../../json-value.ts';
import type { Query } from './api.ts';
import { labelOf } from './words.ts';
import type { Parameter } from './operations.ts';

/** What was typed, by the name of the filter. */
export type Draft = Readonly<Record<string, string>>;

const choicesOf = ({ schema }: Parameter): readonly string[] => listIn(schema['enum']).map(String);

/** Also if it is one of several forms, such as a day. */
const isInstant = ({ schema }: Parameter): boolean =>
  schema['format'] === 'date-time' ||
  listIn(schema['anyOf']).some((form) => isObject(form) && form['format'] === 'date-time');

type FilterInputProps = {
  readonly of: Parameter;
  readonly value: string;
  readonly onChange: (value: string) => void;
};

function FilterInput({ of, value, onChange }: FilterInputProps) {
  const common = { label: labelOf(of.name), value, required: of.isRequired };
  const choices = choicesOf(of);
  return choices.length > 0 ? (
    <Select {...common} data={[...choices]} clearable onChange={(next) => onChange(next ?? '')} />
  ) : (
    <TextInput
      {...common}
      type={isInstant(of) ? 'datetime-local' : 'text'}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

/** Numbers, flags and lists of a search are no texts; a list has commas between its texts. */
function valueOf({ schema }: Parameter, text: string): Query[string] {
  if (schema['type'] === 'array') return text.split(',').map((each) => each.trim());
  if (schema['type'] === 'integer' || schema['type'] === 'number') return Number(text);
  return schema['type'] === 'boolean' ? text === 'true' : text;
}

/** Instants are typed in the time zone of the browser, and sent in UTC. */
function queryOf(filters: readonly Parameter[], draft: Draft): Query {
  const filled = filters.flatMap((filter): [string, Query[string]][] => {
    const value = draft[filter.name] ?? '';
    if (value === '') return [];
    return [[filter.name, isInstant(filter) ? new Date(value).toISOString() : valueOf(filter, value)]];
  });
  return Object.fromEntries(filled);
}

type FilterFormProps = {
  readonly filters: readonly Parameter[];
  readonly initial?: Draft;
  /** @param draft what was typed for it */
  readonly onSearch: (query: Query, draft: Draft) => void;
  /** What is said beside the button. */
  readonly children?: ReactNode;
};

/** Filters of a list. */
export function FilterForm({ filters, initial = {}, onSearch, children }: FilterFormProps) {
  const [draft, setDraft] = useState<Draft>(initial);
  const search = (event: SubmitEvent): void => {
    event.preventDefault();
    onSearch(queryOf(filters, draft), draft);
  };
  return (
    <form onSubmit={search} aria-label={t('Filters')}>
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
        <Button type="submit">{t('Search')}</Button>
        {children}
      </Group>
    </form>
  );
}
