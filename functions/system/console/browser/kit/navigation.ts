import { resources, type ResourcePages } from '../resources/resources.ts';
import { isAllowed, type Holder } from './rights.ts';

/** The pages of the console, for the navigation. */

type Entry = { readonly title: string; readonly address: string; readonly scopes: readonly string[] };
type Group = { readonly title: string; readonly entries: readonly Entry[] };

const entryOf = ({ title, key, scope }: ResourcePages): Entry => ({
  title,
  address: `/r/${key}`,
  scopes: scope === null ? [] : [scope],
});

const fixed: readonly Group[] = [
  { title: '', entries: [{ title: 'Overview', address: '/', scopes: [] }] },
  {
    title: 'Calls',
    entries: [
      { title: 'Live calls', address: '/live', scopes: ['calls:read'] },
      { title: 'Call search', address: '/search', scopes: ['cdr:read'] },
    ],
  },
];

/** The pages that a person may open; those whose scope it lacks are not shown. */
export function groupsFor(session: Holder): readonly Group[] {
  const kinds = [...new Set(resources.map(({ group }) => group))];
  const ofResources = kinds.map((title) => ({
    title,
    entries: resources.filter(({ group }) => group === title).map(entryOf),
  }));
  return [...fixed, ...ofResources]
    .map(({ title, entries }) => ({ title, entries: entries.filter(({ scopes }) => isAllowed(session, scopes)) }))
    .filter(({ entries }) => entries.length > 0);
}
