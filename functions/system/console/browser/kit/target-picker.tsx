import { useDebouncedValue } from '@mantine/hooks';
import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { isObject } from '../../json-value.ts';
import { request } from './api.ts';
import { MultiSelect, Select, TagsInput, TextInput } from './form-inputs.tsx';
import { t } from '../texts/texts.ts';
import { pageOf } from './pages.ts';
import { isAllowed } from './rights.ts';
import { useSession } from './session.tsx';
import { choiceOf, distinct, isFree, isId, placesOf, type Choice, type Place } from './targets.ts';

type CommonProps = {
  /** As in `targets.ts`. */
  readonly kind: string;
  /** Absent: it is named by `aria-label`, where what is chosen speaks for itself. */
  readonly label?: string;
  readonly 'aria-label'?: string;
  readonly description?: string;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly error: string | null;
};

type PickerProps = CommonProps & {
  /** Id, or name of a mailbox. Empty: none. */
  readonly value: string;
  readonly onChange: (value: string) => void;
};

type ManyProps = CommonProps & {
  readonly values: readonly string[];
  readonly onChange: (values: readonly string[]) => void;
};

/** The lists of a kind that the person may read. */
export function usePlaces(kind: string): readonly Place[] {
  const session = useSession();
  return placesOf(kind).filter(({ scopes }) => isAllowed(session, scopes));
}

/** What is chosen of a kind: by its name, if the person may see the names; else its id is typed. */
export function TargetPicker({ kind, onChange, ...field }: PickerProps) {
  const places = usePlaces(kind);
  if (places.length === 0) return <TextInput {...field} onChange={({ target }) => onChange(target.value)} />;
  return <NamePicker key={kind} places={places} onChange={onChange} {...field} />;
}

/** The same for several. */
export function TargetsPicker({ kind, onChange, values, ...field }: ManyProps) {
  const places = usePlaces(kind);
  if (places.length === 0) return <TagsInput {...field} value={[...values]} onChange={onChange} />;
  return <NamesPicker key={kind} places={places} values={values} onChange={onChange} {...field} />;
}

/** How many are offered of a list: more are found by typing. */
const offered = 50;

/** What is offered of a list. @param text of the names; empty: the first of all */
export const offerQuery = (place: Place, text: string) => ({
  queryKey: ['list', place.path, 'choices', text],
  queryFn: async () => {
    const query = { ...place.query, limit: offered, ...(text === '' ? {} : { q: text }) };
    return pageOf(await request({ method: 'GET', path: place.path, query }), ['data']).rows;
  },
});

/** What has an id. @param place undefined: no list of it may be read */
export const chosenQuery = (place: Place | undefined, id: string) => ({
  queryKey: ['list', place?.path, 'chosen', id],
  queryFn: async () => {
    const answer = await request({ method: 'GET', path: `${place?.path ?? ''}/${encodeURIComponent(id)}` });
    return isObject(answer) && isObject(answer['data']) ? answer['data'] : answer;
  },
  enabled: place !== undefined && !isFree([place]) && isId(id),
  retry: false,
});

function useChoices(places: readonly Place[], wanted: { text: string; isOpen: boolean }): readonly Choice[] {
  const [text] = useDebouncedValue(wanted.text, 300);
  return useQueries({
    queries: places.map((place) => ({ ...offerQuery(place, text), enabled: wanted.isOpen })),
    combine: (lists) =>
      lists.flatMap(({ data = [] }, at) => {
        const place = places[at];
        return place === undefined ? [] : data.flatMap((row) => choiceOf(place, row) ?? []);
      }),
  });
}

/** The names of what is chosen already. Until one is known, and of what is gone, its id. */
function useChosen(places: readonly Place[], values: readonly string[]): readonly Choice[] {
  const [place] = places;
  return useQueries({
    queries: values.map((value) => chosenQuery(place, value)),
    combine: (answers) =>
      values.map((value, at) => {
        const known = place === undefined ? undefined : choiceOf(place, answers[at]?.data);
        return known ?? { value, label: value };
      }),
  });
}

/** What is offered, and what is chosen, which has its name also where it is not offered. */
function useNames(places: readonly Place[], values: readonly string[]) {
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const chosen = useChosen(places, values);
  // What is chosen is also the text of a field for one.
  const sought = chosen.some(({ label }) => label === text) ? '' : text.trim();
  const found = useChoices(places, { text: sought, isOpen });
  const typed = isFree(places) && sought !== '' ? [{ value: sought, label: sought }] : [];
  return {
    searchable: true,
    data: [...distinct([...found, ...chosen, ...typed])],
    nothingFoundMessage: t('Nothing found'),
    onSearchChange: setText,
    onDropdownOpen: () => setOpen(true),
    onDropdownClose: () => setOpen(false),
  } as const;
}

/** The API has searched. */
const asFound = <Options,>({ options }: { readonly options: Options }): Options => options;

type Placed<Props> = Omit<Props, 'kind'> & { readonly places: readonly Place[] };

function NamePicker({ places, value, onChange, required = false, ...field }: Placed<PickerProps>) {
  const names = useNames(places, value === '' ? [] : [value]);
  return (
    <Select
      {...field}
      {...names}
      required={required}
      clearable={!required}
      filter={asFound}
      value={value === '' ? null : value}
      onChange={(next) => onChange(next ?? '')}
    />
  );
}

function NamesPicker({ places, values, onChange, ...field }: Placed<ManyProps>) {
  const names = useNames(places, values);
  return <MultiSelect {...field} {...names} filter={asFound} value={[...values]} onChange={onChange} />;
}
