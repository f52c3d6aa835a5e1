import { useDebouncedValue, useHotkeys } from '@mantine/hooks';
import { Spotlight, spotlight } from '@mantine/spotlight';
import { useQueries } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../texts/texts.ts';
import { request, type ApiRequest } from './api.ts';
import { IconSearch } from './icons.ts';
import { ownEntries, sectionsToFind } from './navigation.ts';
import { pageOf } from './pages.ts';
import { isAllowed } from './rights.ts';
import { useAudience, useIsSeller } from './selling.ts';
import { useSession } from './session.tsx';
import { useLookAt } from './switcher.tsx';
import { textOf, type Row } from './shown.ts';

/** What is sought by its name: pages, actions, and what the organization has. */

type Kind = {
  readonly title: string;
  readonly scope: string;
  /** For sellers only. */
  readonly isSelling?: true;
  /** Sought by digits only. */
  readonly isNumeric?: boolean;
  readonly wanted: (text: string) => ApiRequest;
  readonly label: (row: Row) => string;
  readonly detail: (row: Row) => string;
  /** Page of one; absent: it is looked at. */
  readonly address?: (row: Row) => string;
};

const offered = 5;
const listed =
  (path: string) =>
  (text: string): ApiRequest => ({ method: 'GET', path, query: { q: text, limit: offered } });
const pageAt =
  (key: string, field = 'id') =>
  (row: Row): string =>
    `/r/${key}/${encodeURIComponent(textOf(row[field]))}`;
const firstOf =
  (...fields: readonly string[]) =>
  (row: Row): string =>
    fields.map((field) => textOf(row[field])).find((text) => text !== '') ?? '';

const kinds: readonly Kind[] = [
  {
    ...{ title: t('Customers'), scope: 'orgs:read', isSelling: true, wanted: listed('/orgs') },
    ...{ label: firstOf('name'), detail: firstOf('id') },
  },
  {
    ...{ title: t('Users'), scope: 'users:read', wanted: listed('/users'), address: pageAt('users') },
    ...{ label: firstOf('display_name', 'username'), detail: firstOf('extension', 'email') },
  },
  {
    ...{ title: t('Phones'), scope: 'telephony:read', wanted: listed('/devices'), address: pageAt('devices') },
    ...{ label: firstOf('name', 'mac_address'), detail: firstOf('model', 'mac_address') },
  },
  {
    ...{ title: t('Numbers'), scope: 'telephony:read', isNumeric: true },
    wanted: (text) => ({ method: 'POST', path: '/numbers/search', body: { scope: 'own', contains: text } }),
    ...{ label: firstOf('number'), detail: firstOf('label', 'country'), address: pageAt('numbers', 'number') },
  },
];

/** Numbers are sought by their digits only. */
const digitsIn = (text: string): string => text.replaceAll(/[^0-9]/g, '');

const isSought = ({ isNumeric = false }: Kind, text: string): boolean =>
  isNumeric ? digitsIn(text).length > 2 : text.length > 1;

type Action = {
  readonly label: string;
  /** What others call it, and type. */
  readonly also?: string;
  readonly address: string;
  readonly scope: string;
};

/** What is made by whom; the page with the form of a new one. */
const actions: readonly Action[] = [
  { label: t('Invite a user'), also: t('New user'), address: '/r/users/new', scope: 'users:write' },
  { label: t('Add a phone'), also: t('New phone'), address: '/r/devices/new', scope: 'telephony:write' },
  { label: t('New call flow'), address: '/r/callflows/new', scope: 'telephony:write' },
  { label: t('New ring group'), address: '/r/ringgroups/new', scope: 'telephony:write' },
  { label: t('New opening hours'), address: '/r/schedules/new', scope: 'telephony:write' },
  { label: t('Send an SMS'), also: t('New SMS'), address: '/r/sms/new', scope: 'messaging:write' },
];

type Found = {
  readonly id: string;
  readonly label: string;
  /** Other words by which it is found. */
  readonly also?: string | undefined;
  readonly detail: string;
  readonly open: () => void;
};
type FoundGroup = { readonly title: string; readonly found: readonly Found[] };

/** Opens a page. */
type Go = (address: string) => void;

/** What the organization has by that name, kind by kind. */
function useNamed(text: string, go: Go): readonly FoundGroup[] {
  const session = useSession();
  const isSeller = useIsSeller();
  const lookAt = useLookAt();
  const shown = kinds.filter(({ scope, isSelling }) => isAllowed(session, [scope]) && (isSeller || isSelling !== true));
  const foundOf = (kind: Kind, row: Row): Found => {
    const [label, detail] = [kind.label(row), kind.detail(row)];
    const address = kind.address?.(row);
    const open = () => (address === undefined ? lookAt({ id: textOf(row['id']), name: label }) : go(address));
    return { id: `${kind.title} ${textOf(row['id'] ?? row['number'])}`, label, detail, open };
  };
  return useQueries({
    queries: shown.map((kind) => ({
      queryKey: ['list', 'found', kind.title, text],
      queryFn: async () => pageOf(await request(kind.wanted(kind.isNumeric ? digitsIn(text) : text)), ['data']).rows,
      enabled: isSought(kind, text),
      retry: false,
    })),
    combine: (answers) =>
      shown.map((kind, at) => ({
        title: kind.title,
        found: (answers[at]?.data ?? []).slice(0, offered).map((row) => foundOf(kind, row)),
      })),
  });
}

/** Pages and actions that the person may use. */
function useKnown(go: Go): readonly FoundGroup[] {
  const session = useSession();
  const audience = useAudience();
  const linked = (prefix: string, label: string, detail: string, address: string): Found => ({
    ...{ id: `${prefix} ${address}`, label, detail, open: () => go(address) },
  });
  const pages = sectionsToFind(session, audience).flatMap(({ title, entries }) =>
    entries.map((entry) => linked('page', entry.title, title === entry.title ? '' : title, entry.address)),
  );
  const own = ownEntries(session).map(({ title, address }) => linked('own', title, '', address));
  const possible = audience === 'worker' ? [] : actions.filter(({ scope }) => isAllowed(session, [scope]));
  return [
    {
      title: t('Actions'),
      found: possible.map(({ label, also, address }) => ({ ...linked('do', label, '', address), also })),
    },
    { title: t('Pages'), found: [...pages, ...own] },
  ];
}

/** A search for calls with what was typed. */
function callsWith(typed: string, go: Go): FoundGroup {
  const address = `/search?text=${encodeURIComponent(typed)}`;
  const found = { id: 'calls', label: t('Calls with {text}', { text: typed }), detail: '', open: () => go(address) };
  return { title: t('Calls'), found: [found] };
}

/** Finds pages, people, numbers, phones, customers and calls from anywhere (`Ctrl K` or `/`). */
export function Search() {
  const session = useSession();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [text] = useDebouncedValue(typed.trim(), 250);
  const go: Go = (address) => void navigate({ to: address });
  const named = useNamed(text, go);
  const isLike = ({ label, also = '' }: Found): boolean =>
    [label, also].some((words) => words.toLowerCase().includes(typed.trim().toLowerCase()));
  const known = useKnown(go).map(({ title, found }) => ({ title, found: found.filter(isLike) }));
  const hasCalls = digitsIn(typed).length > 2 && isAllowed(session, ['cdr:read']);
  const groups = [...named, ...(hasCalls ? [callsWith(typed.trim(), go)] : []), ...known];
  // Also from a field, where "/" is a sign like others.
  useHotkeys([['mod+K', spotlight.open]], []);
  const label = t('Find a page, a person, a number …');
  return (
    <Spotlight.Root
      query={typed}
      onQueryChange={setTyped}
      shortcut="/"
      scrollable
      maxHeight={480}
      attributes={{ content: { 'aria-label': label } }}
    >
      <Spotlight.Search leftSection={<IconSearch size={18} aria-hidden />} placeholder={label} aria-label={label} />
      <Spotlight.ActionsList>
        {groups
          .filter(({ found }) => found.length > 0)
          .map(({ title, found }) => (
            <Spotlight.ActionsGroup key={title} label={title}>
              {found.map(({ id, label: name, detail, open }) => (
                <Spotlight.Action key={id} label={name} description={detail} onClick={open} />
              ))}
            </Spotlight.ActionsGroup>
          ))}
        {groups.every(({ found }) => found.length === 0) && <Spotlight.Empty>{t('Nothing found')}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
