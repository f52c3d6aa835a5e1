import { partsPages, resources } from '../resources/resources.ts';
import { isAllowed, type Holder } from './rights.ts';

/** The pages of the console, for the navigation. */

type Entry = {
  readonly title: string;
  readonly address: string;
  readonly scopes: readonly string[];
  /** For resellers and operators only. */
  readonly isSelling?: boolean;
};

type Group = { readonly title: string; readonly entries: readonly Entry[] };

const scopesOf = (scope: string | null): readonly string[] => (scope === null ? [] : [scope]);

/** Entries of a group, in the order of the definitions. */
const entriesOf = (group: string): readonly Entry[] => [
  ...resources
    .filter((each) => each.group === group)
    .map(({ title, key, scope }) => ({ title, address: `/r/${key}`, scopes: scopesOf(scope) })),
  ...partsPages
    .filter((each) => each.group === group)
    .map(({ title, key, scope, isSelling = false }) => ({
      ...{ title, address: `/p/${key}`, scopes: scopesOf(scope), isSelling },
    })),
];

const fixed: readonly Group[] = [
  {
    title: '',
    entries: [
      { title: 'Overview', address: '/', scopes: [] },
      { title: 'My call handling', address: '/callhandling', scopes: [] },
      { title: 'My voicemail', address: '/voicemail', scopes: ['messaging:read'] },
      { title: 'Customers', address: '/customers', scopes: ['orgs:read'], isSelling: true },
    ],
  },
  {
    title: 'Calls',
    entries: [
      { title: 'Live calls', address: '/live', scopes: ['calls:read'] },
      { title: 'Call search', address: '/search', scopes: ['cdr:read'] },
      { title: 'Dial plan', address: '/dialplan', scopes: ['dialplan:read'] },
      { title: 'Dial-plan simulator', address: '/dialplan/simulator', scopes: ['dialplan:read'] },
    ],
  },
];

/**
 * The pages that a person may open; those whose scope it lacks are not shown.
 *
 * @param isSeller the organization that is looked at sells to others
 */
export function groupsFor(session: Holder, isSeller: boolean): readonly Group[] {
  const isShown = ({ scopes, isSelling = false }: Entry): boolean =>
    isAllowed(session, scopes) && (isSeller || !isSelling);
  const groups = [...new Set(resources.map(({ group }) => group))];
  const ofResources = groups.map((title) => ({ title, entries: entriesOf(title) }));
  return [...fixed, ...ofResources]
    .map(({ title, entries }) => ({ title, entries: entries.filter(isShown) }))
    .filter(({ entries }) => entries.length > 0);
}

/** The address of the entry whose page is open: the longest one with which the path begins. Undefined: none. */
export function openAddress(groups: readonly Group[], path: string): string | undefined {
  const addresses = groups.flatMap(({ entries }) => entries).map(({ address }) => address);
  const open = addresses.filter((address) => (address === '/' ? path === '/' : path.startsWith(address)));
  return open.toSorted((one, other) => other.length - one.length)[0];
}
