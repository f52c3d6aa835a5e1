import { Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { isObject } from '../../json-value.ts';
import { request } from './api.ts';
import { pageOf } from './pages.ts';
import { isAllowed } from './rights.ts';
import { useSession } from './session.tsx';
import { choiceOf, placeOf, type Choice } from './targets.ts';

type PickerProps = {
  /** As in `targets.ts`. */
  readonly kind: string;
  readonly label: string;
  readonly description?: string;
  readonly placeholder?: string;
  readonly required?: boolean;
  /** Id, or name of a mailbox. Empty: none. */
  readonly value: string;
  readonly error: string | null;
  readonly onChange: (value: string) => void;
};

/** What is chosen of a kind: by its name, if the person may see the names; else its id is typed. */
export function TargetPicker({ kind, onChange, ...field }: PickerProps) {
  const session = useSession();
  const place = placeOf(kind);
  if (place === undefined || !isAllowed(session, place.scopes))
    return <TextInput {...field} onChange={({ target }) => onChange(target.value)} />;
  return <NamePicker key={kind} kind={kind} place={place} onChange={onChange} {...field} />;
}

type NamePickerProps = PickerProps & { readonly place: NonNullable<ReturnType<typeof placeOf>> };

/** How many are offered: more are found by typing. */
const offered = 50;

function useChoices(kind: string, { path }: NamePickerProps['place'], wanted: { text: string; isOpen: boolean }) {
  const [text] = useDebouncedValue(wanted.text, 300);
  const { data } = useQuery({
    queryKey: ['list', path, 'choices', text],
    queryFn: async () => {
      const query = { limit: offered, ...(text === '' ? {} : { q: text }) };
      return pageOf(await request({ method: 'GET', path, query }), ['data']).rows;
    },
    enabled: wanted.isOpen,
  });
  return (data ?? []).flatMap((row) => choiceOf(kind, row) ?? []);
}

/** The name of what is chosen already. Until it is known, and of what is gone, its id. */
function useChosen(kind: string, { path, isFree }: NamePickerProps['place'], value: string): Choice | undefined {
  const { data } = useQuery({
    queryKey: ['list', path, 'chosen', value],
    queryFn: async () => {
      const answer = await request({ method: 'GET', path: `${path}/${encodeURIComponent(value)}` });
      return isObject(answer) && isObject(answer['data']) ? answer['data'] : answer;
    },
    enabled: value !== '' && !isFree,
    retry: false,
  });
  if (value === '') return undefined;
  return choiceOf(kind, data) ?? { value, label: value };
}

function NamePicker({ kind, place, value, onChange, required = false, ...field }: NamePickerProps) {
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const chosen = useChosen(kind, place, value);
  // What is chosen is also the text of the field.
  const sought = text === chosen?.label ? '' : text.trim();
  const found = useChoices(kind, place, { text: sought, isOpen });
  const typed = place.isFree && sought !== '' ? [{ value: sought, label: sought }] : [];
  const all = [...found, ...(chosen === undefined ? [] : [chosen]), ...typed];
  const choices = all.filter((each, at) => all.findIndex((other) => other.value === each.value) === at);
  return (
    <Select
      {...field}
      required={required}
      searchable
      clearable={!required}
      data={choices}
      // The API has searched.
      filter={({ options }) => options}
      nothingFoundMessage="Nothing is found."
      value={value === '' ? null : value}
      onSearchChange={setText}
      onDropdownOpen={() => setOpen(true)}
      onDropdownClose={() => setOpen(false)}
      onChange={(next) => onChange(next ?? '')}
    />
  );
}
